# The live page and analyze.py, without TensorFlow: docs/anywhere.md says how to use it.
FROM python:3.12 AS packages
WORKDIR /build
COPY requirements-live.txt requirements-postgresql.txt ./
RUN python -m venv /venv \
    && /venv/bin/pip install --no-cache-dir --no-compile -r requirements-live.txt -r requirements-postgresql.txt \
    && /venv/bin/pip uninstall --yes pip
# Left out: parts of LiteRT for graphics cards and phones, cascades that nobody asks for, tests, type stubs, symbols.
RUN site=/venv/lib/python3.12/site-packages \
    && rm -rf $site/ai_edge_litert/libLiteRt*.so $site/ai_edge_litert/tools $site/ai_edge_litert/vendors \
    && rm -r $site/cv2/data \
    && find $site -type d -name tests -prune -exec rm -r {} + \
    && find $site -name '*.pyi' -delete \
    && find $site -name '*.so*' -type f -exec strip --strip-unneeded {} +

FROM python:3.12-slim
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    XDG_DATA_HOME=/data
RUN useradd --uid 10001 --create-home --shell /usr/sbin/nologin faces \
    && install --directory --owner=faces --group=faces /data
COPY --from=packages /venv /venv
WORKDIR /app
COPY . .
USER 10001
VOLUME /data
EXPOSE 5000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:5000/healthz', timeout=4)"]
ENTRYPOINT ["python", "main.py", "--host", "0.0.0.0"]
CMD ["--token"]
