from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image as Pillow

from analysis.video_writer import VideoWriter
from analysis.videos import Video, frames_at
from benchmarks.made_videos import colours, make_sound, make_video
from faces.errors import InputError


def streams(path: Path) -> dict[str, str]:
    with av.open(str(path)) as container:
        return {stream.type: stream.codec_context.name for stream in container.streams}


def copy_of(path: Path, to: Path, *, long: bool = False) -> Path:
    with (
        Video(path) as film,
        VideoWriter(to, fps=film.fps, sound=film.sound, start_seconds=film.start_seconds, long=long) as writer,
    ):
        film.on_sound = writer.write_sound
        for frame in film:
            writer.write(frame.image, frame.seconds)
    return to


def test_times_of_a_variable_frame_rate_are_exact(tmp_path: Path) -> None:
    times = [0.0, 0.1, 0.15, 0.7, 2.0, 2.033]
    with Video(make_video(tmp_path / "vfr.mp4", times)) as film:
        assert [frame.seconds for frame in film] == pytest.approx(times, abs=0.002)


def test_a_phone_film_stands_upright(tmp_path: Path) -> None:
    for turned, corner in ((90, (-4, 4)), (-90, (4, -4)), (180, (-4, -4))):
        with Video(make_video(tmp_path / f"{turned}.mp4", [0, 0.1], turned=turned)) as film:
            image = next(iter(film)).image
        assert image.shape[:2] == ((64, 96) if turned == 180 else (96, 64))
        assert image[corner].min() > 180, f"the white corner is elsewhere at {turned} degrees"


def test_every_seconds_takes_a_frame_no_more_often(tmp_path: Path) -> None:
    film_file = make_video(tmp_path / "film.mp4", [index / 30 for index in range(60)])
    with Video(film_file, every_seconds=0.5) as film:
        assert [frame.seconds for frame in film] == pytest.approx([0, 0.5, 1.0, 1.5], abs=0.002)


def test_an_animated_gif_is_a_film_with_its_own_delays(tmp_path: Path) -> None:
    images = [Pillow.fromarray(colours(60, 40, index * 9)) for index in range(4)]
    images[0].save(tmp_path / "a.gif", save_all=True, append_images=images[1:], duration=[100, 300, 100, 100])
    with Video(tmp_path / "a.gif") as film:
        assert [frame.seconds for frame in film] == pytest.approx([0, 0.1, 0.4, 0.5], abs=0.011)


@pytest.mark.parametrize(("suffix", "codec"), [(".mp4", "aac"), (".mkv", "flac"), (".mkv", None), (".avi", None)])
def test_a_written_film_is_h264_and_keeps_the_sound(tmp_path: Path, suffix: str, codec: str | None) -> None:
    film = make_video(tmp_path / f"film{suffix}", sound=codec)
    found = streams(copy_of(film, tmp_path / "out.mp4"))
    assert found == {"video": "h264"} | ({"audio": "aac"} if codec else {})
    with av.open(str(tmp_path / "out.mp4")) as container:
        assert container.streams.video[0].codec_context.pix_fmt == "yuv420p"
        assert (container.duration or 0) / av.time_base == pytest.approx(2.0, abs=0.15)


def test_a_written_film_keeps_times_and_pixels(tmp_path: Path) -> None:
    times = [0.0, 0.1, 0.5, 0.55, 1.0]
    copied = copy_of(make_video(tmp_path / "film.mp4", times), tmp_path / "out.mp4")
    with Video(copied) as film:
        frames = list(film)
    assert [frame.seconds for frame in frames] == pytest.approx(times, abs=0.002)
    assert np.abs(frames[0].image.astype(int) - colours(96, 64)).mean() < 6


def test_the_index_stands_at_the_front_so_that_browsers_start_at_once(tmp_path: Path) -> None:
    content = copy_of(make_video(tmp_path / "film.mp4", sound="aac"), tmp_path / "out.mp4").read_bytes()
    assert content.index(b"moov") < content.index(b"mdat")


def test_odd_and_huge_sides_become_ones_that_play(tmp_path: Path) -> None:
    for size, expected in (((91, 67), (90, 66)), ((2600, 100), (1920, 74))):
        with VideoWriter(tmp_path / "out.mp4", fps=10) as writer:
            writer.write(colours(*size), 0.0)
        with Video(tmp_path / "out.mp4") as film:
            image = next(iter(film)).image
        assert image.shape[1::-1] == expected


def test_a_long_film_is_written_in_fragments_with_the_same_content(tmp_path: Path) -> None:
    film = make_video(tmp_path / "film.mp4", [index / 10 for index in range(300)], sound="aac")
    plain, long = copy_of(film, tmp_path / "plain.mp4"), copy_of(film, tmp_path / "long.mp4", long=True)
    assert (b"moof" in plain.read_bytes(), b"moof" in long.read_bytes()) == (False, True)
    assert streams(plain) == streams(long)
    with Video(plain) as one, Video(long) as other:
        assert other.seconds == pytest.approx(one.seconds, abs=0.1)
        for ours, theirs in zip(one, other, strict=True):
            assert ours.seconds == theirs.seconds
            assert np.array_equal(ours.image, theirs.image)


def test_a_film_that_is_cut_off_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    film_file = make_video(tmp_path / "film.mkv", [index / 10 for index in range(100)], size=(320, 240))
    content = film_file.read_bytes()
    film_file.write_bytes(content[: len(content) // 2])
    with Video(film_file) as film:
        seconds = [frame.seconds for frame in film]
    assert 1 < len(seconds) < 100
    assert all(earlier < later for earlier, later in pairwise(seconds))


def test_a_film_without_its_index_is_refused_in_words(tmp_path: Path) -> None:
    content = make_video(tmp_path / "film.mp4").read_bytes()
    (tmp_path / "film.mp4").write_bytes(content[: len(content) // 2])
    with pytest.raises(InputError, match="nor a video that can be read"):
        Video(tmp_path / "film.mp4")


def test_sound_alone_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="sound but no picture"):
        Video(make_sound(tmp_path / "song.m4a"))


@pytest.mark.parametrize("content", [b"", b"hello " * 100, b"#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:9/a.ts\n"])
def test_what_is_no_film_is_refused_in_words(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "film.mp4").write_bytes(content)
    with pytest.raises(InputError, match="nor a video that can be read"):
        Video(tmp_path / "film.mp4")


def test_a_playlist_fetches_nothing_even_under_its_own_name(tmp_path: Path) -> None:
    make_video(tmp_path / "film.ts")
    (tmp_path / "list.m3u8").write_text("#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nfilm.ts\n#EXT-X-ENDLIST\n")
    with pytest.raises(InputError):
        Video(tmp_path / "list.m3u8")


def test_frames_at_gives_the_images_of_those_times(tmp_path: Path) -> None:
    film = make_video(tmp_path / "film.mp4", [index / 10 for index in range(40)])
    found = dict(frames_at(film, [0.0, 3.0, 99.0]))
    assert sorted(found) == [0.0, 3.0]
    assert found[0.0][4, 4].mean() - found[3.0][4, 4].mean() == pytest.approx(30, abs=8)


def test_frames_at_jumps_over_long_stretches_and_takes_times_in_any_order(tmp_path: Path) -> None:
    film = make_video(tmp_path / "film.mp4", [index / 2 for index in range(120)])
    wanted = [55.0, 2.0, 2.1, 30.0]
    found = dict(frames_at(film, wanted))
    with Video(film) as whole:
        shown = {frame.seconds: frame.image for frame in whole}
    for seconds in wanted:
        expected = shown[min(s for s in shown if s >= seconds - 0.002)]
        assert np.array_equal(found[seconds], expected)


def test_names_with_any_letters_and_colons_are_only_names(tmp_path: Path) -> None:
    for name in ("Grüße 東京.mp4", "concat:a|b.mp4"):
        with Video(make_video(tmp_path / "plain.mp4").rename(tmp_path / name)) as film:
            assert film.seconds == pytest.approx(2.0, abs=0.15)


def test_a_clock_that_jumps_makes_nothing_shorter_or_longer(tmp_path: Path) -> None:
    one = make_video(tmp_path / "one.ts", [index / 10 for index in range(20)]).read_bytes()
    (tmp_path / "joined.ts").write_bytes(one + one)
    with Video(tmp_path / "joined.ts") as film:
        times = [frame.seconds for frame in film]
        assert film.jumps == 1
        assert film.end_seconds == pytest.approx(4.0, abs=0.05)
    assert [round(later - sooner, 2) for sooner, later in pairwise(times)] == [0.1] * 39


def test_a_wild_time_stamp_is_a_jump_and_a_long_pause_is_none(tmp_path: Path) -> None:
    for pause, end, jumps in ((600.0, 600.3, 0), (90_000.0, 0.4, 1)):
        film_file = make_video(tmp_path / f"{pause}.mkv", [0.0, 0.1, pause + 0.1, pause + 0.2])
        with Video(film_file) as film:
            assert [frame.seconds for frame in film][-1] == pytest.approx(end - 0.1, abs=0.01)
            assert film.jumps == jumps


def test_a_film_whose_last_picture_stays_long_does_not_end_early(tmp_path: Path) -> None:
    images = [Pillow.fromarray(colours(60, 40, index * 9)) for index in range(4)]
    images[0].save(tmp_path / "a.gif", save_all=True, append_images=images[1:], duration=[100, 100, 100, 5000])
    with Video(tmp_path / "a.gif") as film:
        assert len(list(film)) == 4
        assert film.end_seconds == pytest.approx(5.3, abs=0.02)
        assert not film.ends_early


def test_grey_levels_of_a_full_range_film_are_right(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "a.webm"), "w") as container:
        stream = container.add_stream("libvpx-vp9", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        stream.codec_context.color_range = 2
        planes = np.full((96, 64), 128, np.uint8)
        planes[:64] = 32
        frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
        frame.color_range = 2
        for packet in (*stream.encode(frame), *stream.encode(None)):
            container.mux(packet)
    with Video(tmp_path / "a.webm") as film:
        assert np.abs(next(iter(film)).image.astype(int) - 32).max() <= 2


def test_sound_of_an_unknown_kind_is_left_out(tmp_path: Path) -> None:
    content = make_video(tmp_path / "known.mkv", sound="flac").read_bytes()
    assert b"A_FLAC" in content
    (tmp_path / "unknown.mkv").write_bytes(content.replace(b"A_FLAC", b"A_NONE"))
    with Video(tmp_path / "unknown.mkv") as film:
        assert film.sound is None
        assert film.sound_unknown
    assert streams(copy_of(tmp_path / "unknown.mkv", tmp_path / "out.mp4")) == {"video": "h264"}


@pytest.mark.parametrize("suffix", [".ts", ".mkv", ".mpg", ".flv"])
def test_damaged_bytes_cost_frames_and_raise_nothing_but_words(tmp_path: Path, suffix: str) -> None:
    whole = make_video(tmp_path / f"whole{suffix}", sound="mp2" if suffix in (".ts", ".mpg") else "aac").read_bytes()
    rng = np.random.default_rng(5)
    for attempt in range(12):
        content = bytearray(whole)
        for place in rng.integers(0, len(content), 40):
            content[place] = rng.integers(0, 256)
        damaged = tmp_path / f"{attempt}{suffix}"
        damaged.write_bytes(content)
        try:
            copied = copy_of(damaged, tmp_path / "out.mp4")
        except InputError as error:
            assert damaged.name in str(error)
        else:
            assert "video" in streams(copied)
