"""A GStreamer RTSP server with a red ball on grey at rtsp://127.0.0.1:PORT/live, for tests.

usage: rtsp-server.py PORT WIDTHxHEIGHT FPS ENCODER     ENCODER: h264, h264-b (with B-frames), h265, mjpeg; or an MP4 file with
H.264, which is served in the place of the ball, with its length announced.
On stdin: `size WIDTHxHEIGHT` changes the picture in mid-stream. Prints `ready` once it listens.
"""

import sys
import threading

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402

port, size, fps, encoder = sys.argv[1:5]
ENCODERS = {
    "h264": "x264enc tune=zerolatency speed-preset=ultrafast key-int-max=%s bitrate=1000 ! video/x-h264,profile=baseline ! rtph264pay config-interval=-1 name=pay0 pt=96",
    "h264-b": "x264enc bframes=2 b-adapt=false speed-preset=ultrafast rc-lookahead=0 sync-lookahead=0 threads=1 key-int-max=%s ! video/x-h264,profile=main ! rtph264pay config-interval=-1 name=pay0 pt=96",
    "h265": "x265enc tune=zerolatency speed-preset=ultrafast key-int-max=%s option-string=log-level=none ! rtph265pay config-interval=-1 name=pay0 pt=96",
    "mjpeg": "jpegenc ! rtpjpegpay name=pay0 pt=26",
}
encode = ENCODERS.get(encoder, "")
encode = encode % fps if "%s" in encode else encode


def caps_of(text):
    width, height = text.split("x")
    return "video/x-raw,format=I420,width=%s,height=%s,framerate=%s/1" % (width, height, fps)


Gst.init(None)
filters = []


def configured(_, media):
    if encode:
        filters.append(media.get_element().get_by_name("caps"))


factory = GstRtspServer.RTSPMediaFactory()
factory.set_launch(
    "( videotestsrc is-live=true pattern=ball background-color=0xff808080 foreground-color=0xffff0000"
    " ! capsfilter name=caps caps=%s ! %s )" % (caps_of(size), encode)
    if encode
    else "( filesrc location=%s ! qtdemux ! h264parse ! rtph264pay config-interval=-1 name=pay0 pt=96 )" % encoder
)
factory.set_shared(True)
factory.connect("media-configure", configured)
server = GstRtspServer.RTSPServer()
server.set_address("127.0.0.1")
server.set_service(port)
server.get_mount_points().add_factory("/live", factory)


def commands():
    for line in sys.stdin:
        verb, _, value = line.strip().partition(" ")
        if verb == "size":
            for item in filters:
                GLib.idle_add(item.set_property, "caps", Gst.Caps.from_string(caps_of(value)))
    loop.quit()


loop = GLib.MainLoop()
if server.attach(None) == 0:
    sys.exit("port %s is taken" % port)
threading.Thread(target=commands, daemon=True).start()
print("ready", flush=True)
loop.run()
