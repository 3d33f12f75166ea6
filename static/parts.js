/** Reads a multipart answer part by part from the chunks that the network delivers. */

const HEAD_END = "\r\n\r\n";
const LARGEST_HEAD_BYTES = 1 << 20;

/**
 * @typedef {object} Part
 * @property {Map<string, string>} headers by name in lower case
 * @property {Uint8Array<ArrayBuffer>} body
 */

/** Every part must have a Content-Length, as those of the live stream do; anything else throws a RangeError. */
export class PartReader {
  #pieces = new Uint8Array(0);
  #decoder = new TextDecoder("latin1");

  /** @param {Uint8Array} bytes the next chunk @returns {Part[]} the parts that are now complete */
  feed(bytes) {
    this.#append(bytes);
    const parts = [];
    let start = 0;
    for (let part = this.#next(start); part; part = this.#next(start)) {
      parts.push(part.part);
      start = part.end;
    }
    if (start) this.#pieces = this.#pieces.subarray(start);
    return parts;
  }

  #append(bytes) {
    const joined = new Uint8Array(this.#pieces.length + bytes.length);
    joined.set(this.#pieces);
    joined.set(bytes, this.#pieces.length);
    this.#pieces = joined;
  }

  #next(start) {
    const headEnd = this.#headEnd(start);
    if (headEnd < 0) return null;
    const headers = headersOf(this.#decoder.decode(this.#pieces.subarray(start, headEnd)));
    const length = Number(headers.get("content-length"));
    if (!headers.has("content-length") || !Number.isInteger(length) || length < 0) {
      throw new RangeError("A part of the stream has no Content-Length.");
    }
    const bodyStart = headEnd + HEAD_END.length;
    if (this.#pieces.length < bodyStart + length) return null;
    return { part: { headers, body: this.#pieces.slice(bodyStart, bodyStart + length) }, end: bodyStart + length };
  }

  #headEnd(start) {
    for (let at = start; at + 3 < this.#pieces.length; at += 1) {
      if (this.#pieces[at] === 13 && this.#pieces[at + 1] === 10
        && this.#pieces[at + 2] === 13 && this.#pieces[at + 3] === 10) return at;
    }
    if (this.#pieces.length - start > LARGEST_HEAD_BYTES) throw new RangeError("A part of the stream has endless headers.");
    return -1;
  }
}

/** The lines before a body: the end of the last part, the boundary, then "Name: value". */
function headersOf(text) {
  const headers = new Map();
  for (const line of text.split("\r\n")) {
    const colon = line.indexOf(":");
    if (colon > 0) headers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
  return headers;
}
