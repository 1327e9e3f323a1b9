/**
 * Every code of an error or a warning, once. `HeatboxError.code` is typed by this table, and docs/errors.md is made from it
 * (`npm run docs`).
 */

/** What users read about a code, in Markdown. */
export interface CodeWords {
  /** What happened, one sentence. */
  readonly meaning: string;
  /** What to do about it. */
  readonly remedy: string;
}

/** The codes of errors, in alphabetical order. */
export const errorCodes = {
  ARCHIVE_DAMAGED: { meaning: 'A downloaded model archive cannot be unpacked.', remedy: 'Fetch it again.' },
  ARCHIVE_INCOMPLETE: {
    meaning: 'A model archive lacks files that the registry lists.',
    remedy: 'Report it: the registry does not match the archive. With a registry of your own, correct its file list.',
  },
  BAD_CLASS: {
    meaning: 'A truth file names a class that the model does not have.',
    remedy: "Check the file's class indices, and that it was made for this model.",
  },
  BAD_CSV: {
    meaning: 'A truth file is not valid CSV, or lacks a column.',
    remedy: 'Fix the line or column that the message names.',
  },
  BAD_DETECTIONS: {
    meaning: 'A line of the detections given to `heatbox track` is not in MOT format.',
    remedy: 'Write each line as `frame,id,left,top,width,height,score`, with frames counted from 1.',
  },
  BAD_INPUT_SIZE: {
    meaning: "The size of the network's input is malformed, too small or too large.",
    remedy: 'Write it as WIDTHxHEIGHT within the limits that the message gives.',
  },
  BAD_MODEL_NAME: {
    meaning: 'A model cannot have this name.',
    remedy: 'Use letters, digits, dots, dashes and underscores.',
  },
  BAD_OPTION: {
    meaning: 'A library function got an option outside its range.',
    remedy: 'Pass a value in the range that the message gives.',
  },
  BAD_PICTURE: {
    meaning: 'The overlay was given a picture whose planes do not match its size or format.',
    remedy: "Pass planes with the strides and sizes that the picture's format needs.",
  },
  BAD_PREPROCESS: {
    meaning: 'There is no preprocessing of this name.',
    remedy: 'Choose one that the message lists, or write the numbers into a `manifest.json` beside the network.',
  },
  BAD_TIME: {
    meaning: 'A frame given to the tracker has a time that is not a finite number.',
    remedy: "Pass the frame's time in seconds.",
  },
  BAD_USAGE: {
    meaning: 'The options of a command contradict each other.',
    remedy: "Follow the message, or read the command's `--help`.",
  },
  BAD_VALUE: {
    meaning: 'An option has a value that it does not take.',
    remedy: 'The message names the option and what it takes; `--help` has more.',
  },
  CAPTURE_UNSUPPORTED: {
    meaning: 'heatbox cannot capture a camera or screen on this operating system.',
    remedy: 'Capture on Linux, macOS or Windows, or send the picture over RTSP.',
  },
  CLIENT_PROTOCOL: {
    meaning: 'The server sent a message that the client does not understand.',
    remedy: 'Check that the address is a heatbox server, and use the same version on both sides.',
  },
  CLIENT_REFUSED: {
    meaning: 'The server refused this client for good: its token, its path or its subscription.',
    remedy: 'Check the address, the token and the filters.',
  },
  CLIENT_URL: {
    meaning: 'The address of the server is not a usable URL.',
    remedy: 'Write it like `http://127.0.0.1:8080` or `wss://example.org/v1/events`.',
  },
  CLIENT_VERSION: {
    meaning: 'The server speaks another version of the event protocol.',
    remedy: 'Install matching versions of heatbox on both sides.',
  },
  CONFIG_INVALID: {
    meaning: 'The configuration has a fault.',
    remedy: 'Run `heatbox config check FILE` to see every fault with its line; see [configuration](configuration.md).',
  },
  CONFIG_UNREADABLE: {
    meaning: 'The configuration file cannot be read.',
    remedy: 'Check the path and its permissions.',
  },
  DECODER_MISSING: {
    meaning: "heatbox's FFmpeg has no decoder for this video.",
    remedy: 'Convert the video to H.264 or another common codec first.',
  },
  ENCODER_CONTAINER: {
    meaning: "The chosen encoder makes video that the output's container cannot hold.",
    remedy: 'Choose another encoder, or an output that ends in `.mp4`.',
  },
  ENCODER_OPTION: {
    meaning: 'The encoder does not take this value of an option.',
    remedy: 'Leave the option out to use the default.',
  },
  ENCODER_PRESET: {
    meaning: 'The encoder has no preset of this name.',
    remedy: 'Choose one that the message lists, or leave `--preset` out.',
  },
  ENCODER_QUALITY: {
    meaning: "The quality is outside the encoder's range.",
    remedy: 'Use a value in the range that the message gives, or leave `--crf` out.',
  },
  ENCODER_SIZE: {
    meaning: 'The encoder does not take pictures of this size.',
    remedy: 'Make the video smaller first, use `--encoder libx264`, or write the boxes alone with `--json`.',
  },
  ENCODER_UNAVAILABLE: {
    meaning: 'The encoder cannot be started on this machine.',
    remedy: 'Use `--encoder libx264`. Hardware encoders need their driver and a free device.',
  },
  ENCODER_UNKNOWN: { meaning: 'There is no encoder of this name.', remedy: 'Choose one that the message lists.' },
  ENGINE_FAILED: {
    meaning: 'The inference thread crashed.',
    remedy: 'Run again with `--verbose` and report what it shows.',
  },
  ENGINE_GONE: {
    meaning: 'The inference thread ended before its work was done, or the engine was closed.',
    remedy: 'Do not use an engine after closing it. Otherwise run with `--verbose` and report what it shows.',
  },
  ENGINE_INPUT: {
    meaning: 'The engine got an input whose size the network does not take.',
    remedy: 'Pass RGB bytes of a size that the message allows.',
  },
  ENGINE_MODEL: {
    meaning: 'The network cannot be loaded by the chosen engine.',
    remedy: "Check that the file is a network of that engine's format and version, or choose another `--provider`.",
  },
  ENGINE_PROVIDER: {
    meaning: 'The provider does not exist, or cannot be used on this machine.',
    remedy: 'Leave `--provider` out, or install what the message names; `heatbox devices` lists what works here.',
  },
  ENGINE_RUN: {
    meaning: 'The network failed on a batch of frames.',
    remedy: 'Check the free memory of the machine or GPU; try a smaller `--input-size` or another `--provider`.',
  },
  EVENT_INVALID: {
    meaning: 'A program published an event that does not match the event schema.',
    remedy: 'Correct the field that the message names; see [protocol](protocol.md).',
  },
  EXPORT_INPUT: {
    meaning: 'The recording to export cannot be read, or holds no run.',
    remedy: "Give a server's log folder, or the NDJSON of `heatbox events` or `heatbox annotate --json`.",
  },
  EXPORT_LINE: {
    meaning: 'A line of the recording is neither an event nor part of a run.',
    remedy: 'Check that the file was written by this version of heatbox.',
  },
  EXPORT_SEVERAL: {
    meaning: 'The format describes one video, and the recording holds several.',
    remedy: 'Choose one with `--stream` or `--session`, as the message says.',
  },
  FETCH_CORRUPT: {
    meaning: 'A download is not the file that the registry describes.',
    remedy: 'Try again, or over another network: a proxy or mirror may have changed it.',
  },
  FETCH_FAILED: {
    meaning: 'A download broke off and retrying did not help.',
    remedy: 'Run the command again: it resumes. Behind a proxy, set `HTTPS_PROXY`.',
  },
  FETCH_NO_REGISTRY: {
    meaning: 'npm could not say where it fetches packages.',
    remedy: 'Set `npm_config_registry` to the URL of a package registry.',
  },
  FETCH_NO_SPACE: {
    meaning: 'The disk has no space left for the download.',
    remedy: 'Free some space, or set `XDG_CACHE_HOME` to a folder on another disk.',
  },
  FETCH_OFFLINE: {
    meaning: 'A file has to be fetched, but heatbox was told to stay offline.',
    remedy: 'Fetch it elsewhere and put it where the message says.',
  },
  FETCH_REFUSED: {
    meaning: 'The server refused a download.',
    remedy: 'For 404, check for a newer heatbox. Otherwise check that this machine may go there, or set `HTTPS_PROXY`.',
  },
  FFMPEG: {
    meaning: 'An operation of FFmpeg failed.',
    remedy: "Read FFmpeg's reason in the message; run with `--verbose` and report it if the video plays elsewhere.",
  },
  FILE_UNREADABLE: {
    meaning: 'A text file that an option names cannot be read.',
    remedy: 'Check the path and its permissions.',
  },
  FONT_MISSING: {
    meaning: 'The font for labels cannot be loaded.',
    remedy: 'Install heatbox again: its dependencies are incomplete.',
  },
  FRAME_GONE: {
    meaning: 'A frame was used after it had been given back.',
    remedy: 'Call `frame.hold()` before you hand a frame on.',
  },
  FRAME_MEMORY: {
    meaning: 'A single frame is too large for the memory that frames may take.',
    remedy: 'Make the pictures smaller first, or leave the video output out.',
  },
  HWACCEL_UNAVAILABLE: {
    meaning: 'The video cannot be decoded on this hardware.',
    remedy: 'Leave `--hwaccel` out to decode in software.',
  },
  IMAGE_UNREADABLE: { meaning: 'A picture cannot be read.', remedy: 'Give JPEG, PNG, WebP, AVIF or GIF.' },
  INTERNAL: { meaning: 'An error that heatbox did not expect.', remedy: 'Report it with what `--verbose` shows.' },
  LABELS_INVALID: {
    meaning: 'The labels file does not match the network.',
    remedy: "Give one class per line, in the order of the network's output.",
  },
  LABELS_MISSING: {
    meaning: 'A network was given without the names of its classes.',
    remedy: 'Add `--labels FILE`, or `--labels imagenet` for the 1000 classes of ImageNet.',
  },
  LABELS_NONE: {
    meaning: 'No class is left after including and excluding labels.',
    remedy: 'Give other labels; `heatbox labels` lists them.',
  },
  LABEL_AMBIGUOUS: {
    meaning: 'The label matches several classes.',
    remedy: 'Write it out, or use a WordNet id; `heatbox labels` lists them.',
  },
  LABEL_UNKNOWN: { meaning: 'No class has this label.', remedy: 'Check the spelling; `heatbox labels` searches them.' },
  LOG_CLOSED: {
    meaning: 'An event was published after the log was closed.',
    remedy: 'Publish before you close the log.',
  },
  LOG_FOLDER: {
    meaning: 'The folder of the event log cannot be opened.',
    remedy: 'Check that the path is a folder that heatbox may write to.',
  },
  LOG_LOCKED: {
    meaning: 'Another server uses this folder of the event log.',
    remedy: 'Stop the other server, or give each its own folder.',
  },
  LOG_WRITE: {
    meaning: 'Events cannot be written to the log.',
    remedy: 'Check the space and the permissions of the disk. Events continue from memory and are written later.',
  },
  MEDIA_HOST_FAILED: {
    meaning: 'The thread or process that reads the video crashed.',
    remedy: 'Run again with `--verbose` and report what it shows.',
  },
  MEDIA_HOST_GONE: {
    meaning: 'The thread or process that reads the video ended before its work was done.',
    remedy: 'Check the memory of the machine; run with `--verbose` and report it if the video is to blame.',
  },
  MODEL_DAMAGED: {
    meaning: "A model's file is damaged, incomplete, or not the file its manifest describes.",
    remedy: 'Fetch or export the model again.',
  },
  MODEL_DIFFERS: {
    meaning: 'The network gives other results once it is rewritten to yield maps.',
    remedy: 'Report it with the network. The original file was not changed.',
  },
  MODEL_EXISTS: {
    meaning: 'There is already a model of this name.',
    remedy: 'Give another name with `--name`, or replace it with `--force`.',
  },
  MODEL_MANIFEST_INVALID: {
    meaning: "A model's `manifest.json` has a fault.",
    remedy: 'Fix the field that the message names; compare it with the manifest that ships with heatbox.',
  },
  MODEL_NOT_FOUND: {
    meaning: 'There is no model of this name or path.',
    remedy: 'Check the path; `heatbox models list` shows the models you have.',
  },
  MODEL_NOT_READY: {
    meaning: 'The path is a classifier as it was exported, not a model that heatbox has prepared.',
    remedy: 'Add it first with `heatbox models add FILE --labels FILE`.',
  },
  MODEL_NO_CAM: {
    meaning: 'The network has no class activation maps.',
    remedy: 'Use a network that ends in global average pooling and a linear layer; see [your own model](own-model.md).',
  },
  MODEL_SHIPPED: {
    meaning: 'The model ships with heatbox and cannot be removed.',
    remedy: 'Choose another model with `--model`; the shipped one does no harm.',
  },
  MODEL_UNKNOWN: { meaning: 'The registry has no model of this name.', remedy: 'Choose one that the message lists.' },
  MODEL_UNREADABLE: {
    meaning: "A model's file cannot be read.",
    remedy: 'Check the permissions of the file and its folder.',
  },
  MODEL_UNSUPPORTED: {
    meaning: 'heatbox cannot read, convert or quantise this network.',
    remedy: 'The message says what is in the way; export the network in another way.',
  },
  MODEL_UNWRITABLE: {
    meaning: 'A model cannot be written.',
    remedy: 'Check the permissions and the space of the disk; `XDG_DATA_HOME` decides where models go.',
  },
  NO_CLIP: {
    meaning: 'A list of clips names a clip that has no file or no class.',
    remedy: 'Correct the list, or add the file.',
  },
  NO_IMAGES: {
    meaning: 'There are no pictures to work on, or no boxes for them.',
    remedy: 'Check the folder or file that the message names.',
  },
  OUTPUT_CLOSED: {
    meaning: "Whatever was reading heatbox's output has closed it.",
    remedy: 'Nothing, if you ended the reader (such as `head`); otherwise find out why it ended.',
  },
  OUTPUT_EXISTS: {
    meaning: 'The output exists already.',
    remedy: 'Add `--force` to replace it, or give another name.',
  },
  OUTPUT_EXTENSION: {
    meaning: "The output's name does not say its format.",
    remedy: 'End it in an extension that the message lists.',
  },
  OUTPUT_FOLDER_MISSING: { meaning: "The output's folder does not exist.", remedy: 'Create it, or choose another.' },
  OUTPUT_FORMAT: {
    meaning: "FFmpeg cannot make the output's container.",
    remedy: 'Choose an output that ends in `.mp4`.',
  },
  OUTPUT_IS_FOLDER: { meaning: 'The output is a folder.', remedy: 'Give a file name.' },
  OUTPUT_IS_INPUT: { meaning: 'The output is the input.', remedy: 'Give the output another name.' },
  OUTPUT_NOT_FILE: {
    meaning: 'The output is a device, a pipe or a socket.',
    remedy: 'Give the name of a regular file.',
  },
  OUTPUT_NOT_FOLDER: {
    meaning: 'The output of several inputs is a file.',
    remedy: 'Give the name of a folder; it is made if it does not exist.',
  },
  OUTPUT_NO_PERMISSION: {
    meaning: "You may not write in the output's folder.",
    remedy: 'Change its permissions, or choose another folder.',
  },
  OUTPUT_PATH: { meaning: "The output's path is a broken link, or cannot be used.", remedy: 'Give another name.' },
  OUTPUT_SAME: { meaning: 'Two outputs name the same file.', remedy: 'Give each its own name.' },
  OUTPUT_WRITE: {
    meaning: 'An output could not be written.',
    remedy: 'Check the free space and the permissions of its folder.',
  },
  PRECISION_MISSING: {
    meaning: 'The model has no weights of this precision, or they do not run on this provider.',
    remedy: 'Leave `--precision` out, or make them with `heatbox models quantize`.',
  },
  REGISTRY_NOT_FOUND: {
    meaning: 'The model registry cannot be read.',
    remedy: 'Leave `--registry` out to use the one that ships with heatbox.',
  },
  SCREEN_ABSENT: {
    meaning: 'There is no screen to capture.',
    remedy: 'Run heatbox in a desktop session, or name the display, e.g. `screen::0`.',
  },
  SERVER_INSECURE: {
    meaning: 'The server would listen to other machines without a token.',
    remedy: 'Set a token, listen on 127.0.0.1, or add `--insecure` if the network keeps strangers out.',
  },
  SERVER_LISTEN: {
    meaning: 'The server cannot listen on this address and port.',
    remedy: 'Choose another port, or 0 for any free one, and an address of this machine.',
  },
  SERVER_TLS: {
    meaning: 'The TLS certificate or its key cannot be used.',
    remedy: 'Give readable PEM files that belong together: the certificate chain and its private key.',
  },
  SOURCE_CHANGED: {
    meaning: 'The size of the picture changed during a recording.',
    remedy: 'Start a new recording. heatbox does so by itself when it reconnects.',
  },
  SOURCE_CLOSED: {
    meaning: 'The camera or server closes the connection without an answer.',
    remedy: 'Check the port and the scheme. Cameras also do this if too many programs watch them.',
  },
  SOURCE_EMPTY: { meaning: 'The input file is empty.', remedy: 'Check that it was copied or recorded completely.' },
  SOURCE_FORBIDDEN: {
    meaning: 'The camera or server refuses access (403).',
    remedy: 'Check what this user may see. Some cameras lock an address for minutes after wrong passwords.',
  },
  SOURCE_IS_FOLDER: {
    meaning: 'The input is a folder.',
    remedy: 'Name a file in it, or an image sequence such as `frames/%04d.png`.',
  },
  SOURCE_IS_MANIFEST: {
    meaning: 'The input is a playlist or list that names other files.',
    remedy: 'If you trust it with your files, give it the extension that the message names.',
  },
  SOURCE_IS_PICTURE: {
    meaning: 'The address is that of a still picture, not of a stream.',
    remedy: "Give the address of the camera's stream: `rtsp://…`, or that of its MJPEG stream.",
  },
  SOURCE_LOST: {
    meaning: 'A live source ended or broke off.',
    remedy: 'heatbox reconnects by itself; check the camera and the network if it keeps happening.',
  },
  SOURCE_NAME: {
    meaning: 'The name of the input is not UTF-8.',
    remedy: 'Rename the file: no program can pass on such a name reliably.',
  },
  SOURCE_NOT_FILE: {
    meaning: 'The input is a pipe, a device or standard input.',
    remedy: 'Save the video to a file first: heatbox reads back and forth in it.',
  },
  SOURCE_NOT_FOUND: {
    meaning: 'There is no such input.',
    remedy: 'Check the path, and for image sequences the digits in `%04d`.',
  },
  SOURCE_NO_CLOCK: {
    meaning: 'The file counts its timestamps in units of no length.',
    remedy: 'Make a new file with its frame rate: `ffmpeg -r 25 -i input.mp4 output.mp4`.',
  },
  SOURCE_NO_FRAMES: {
    meaning: 'No frame of the input can be decoded.',
    remedy: 'Check that it is not damaged, and that `--start` is before its end.',
  },
  SOURCE_NO_PERMISSION: {
    meaning: 'You may not read the input.',
    remedy: 'Change its permissions, or run as a user who may read it.',
  },
  SOURCE_NO_STREAM: {
    meaning: 'The camera or server has no such stream (404).',
    remedy: "Check the path of the address in the camera's manual, or with an ONVIF tool.",
  },
  SOURCE_NO_VIDEO: {
    meaning: 'The input has no video stream.',
    remedy: 'Give a video, an image, or an image sequence such as `frames/%04d.png`.',
  },
  SOURCE_OPTION: {
    meaning: "A live source's address has an option or value that it does not take.",
    remedy: 'Write it as the message says.',
  },
  SOURCE_SCHEME: {
    meaning: 'heatbox does not read this kind of URL.',
    remedy: 'Use a kind of source that the message lists.',
  },
  SOURCE_SILENT: {
    meaning: 'The camera or server does not answer.',
    remedy: 'Check that it is on, and that the port and the scheme are the right ones.',
  },
  SOURCE_TILED: {
    meaning: 'The picture is stored in tiles, as phones store HEIC photos.',
    remedy: 'Convert it first, e.g. with `heif-convert photo.heic photo.png`.',
  },
  SOURCE_TLS: {
    meaning: 'The camera or server does not set up an encrypted connection.',
    remedy: 'Check the port, or use the scheme without encryption: `rtsp`, `rtmp` or `http`.',
  },
  SOURCE_TRANSPORT: {
    meaning: 'The camera does not send over this transport (461).',
    remedy: 'Use the other one: `--rtsp-transport udp` or `--rtsp-transport tcp`.',
  },
  SOURCE_UNAUTHORIZED: {
    meaning: 'The camera or server asks for a user name and a password, or refuses those given (401).',
    remedy: 'Put them into the address: `scheme://user:password@host/path`.',
  },
  SOURCE_UNREACHABLE: {
    meaning: 'The camera or server cannot be reached.',
    remedy: 'Check the address, the port, the network and the firewall.',
  },
  SOURCE_UNREADABLE: {
    meaning: 'The input cannot be opened or read.',
    remedy: 'Check that it is a video and not damaged; for a URL, check the address, the password and the network.',
  },
  SOURCE_USED: { meaning: 'The frames of a source were subscribed to twice.', remedy: 'Open the source again.' },
  STRIDE_MEMORY: {
    meaning: 'With this stride too many frames would have to wait in memory.',
    remedy: 'Use a smaller stride, or leave the video output out.',
  },
  TEACH_DUPLICATE: {
    meaning: 'A picture is there twice.',
    remedy: 'Remove one of them: the same picture in training and test makes figures too good.',
  },
  TEACH_NO_POOLING: {
    meaning: 'The model does not end in global average pooling and one linear layer, which teaching needs.',
    remedy: 'Teach on another model, e.g. the one that ships with heatbox.',
  },
  TEACH_ONE_CLASS: {
    meaning: 'There is one class only, and nothing to tell it from.',
    remedy: 'Add a second class, a folder `none/`, or `--negatives`.',
  },
  TEACH_TOO_FEW: {
    meaning: 'A class has too few pictures.',
    remedy: 'Add pictures: five are enough for a start.',
  },
  TEACH_TOO_MANY: {
    meaning: 'There are more pictures than teaching takes.',
    remedy: 'Teach with a selection: some hundred pictures per class are plenty.',
  },
  TEACH_TRUNK: {
    meaning: 'The model to teach on was taught itself, or cannot be found by its name.',
    remedy: 'Teach on the model below it; add a model with `heatbox models add` first.',
  },
  TEACH_TWO_CLASSES: {
    meaning: 'A picture is in the folders of two classes.',
    remedy: 'Leave it in the one that it shows.',
  },
  USAGE: { meaning: 'The command line is not understood.', remedy: 'See the `--help` that the message names.' },
  WEBCAM_ABSENT: {
    meaning: 'There is no such camera.',
    remedy: 'Choose one that the message lists; `heatbox devices` lists them too.',
  },
  WEBCAM_BUSY: { meaning: 'Another program uses the camera.', remedy: 'Close that program, or choose another camera.' },
  WEBCAM_FAILED: {
    meaning: 'The camera cannot be opened or read.',
    remedy: 'Unplug it and plug it in again, or choose another camera.',
  },
  WEBCAM_NO_PERMISSION: {
    meaning: 'You may not use the camera.',
    remedy: "On Linux, join the group `video`; elsewhere allow it in the system's privacy settings.",
  },
  WEBCAM_UNPLUGGED: { meaning: 'The camera was unplugged.', remedy: 'Plug it in again.' },
} as const satisfies Readonly<Record<string, CodeWords>>;

/** The codes of warnings, in alphabetical order: the run goes on. */
export const warningCodes = {
  CHAPTERS_DROPPED: {
    meaning: 'Some or all chapters could not be kept.',
    remedy: 'Nothing, or write to Matroska (`.mkv`), which holds more of them.',
  },
  ENGINE_FELL_BACK: {
    meaning: 'The network failed on its device and continues on another. No frame is lost.',
    remedy: 'Check the device and its driver if this keeps happening.',
  },
  FRAMES_LOST: {
    meaning: 'The first frames cannot be decoded, often since the recording begins between two keyframes.',
    remedy: 'Nothing; the message says how many are lost.',
  },
  MAPS_PLAIN: {
    meaning: '`--accuracy` was asked for, but the model has no earlier stages to refine its maps with.',
    remedy: 'Use a model that can be refined, or leave `--accuracy` out.',
  },
  PACKET_DAMAGED: {
    meaning: 'The source has damaged data; frames or sound are missing there.',
    remedy: 'Check the source, or for live sources the network.',
  },
  PICTURE_FAILED: {
    meaning: 'A frame could not be made a JPEG.',
    remedy: 'Nothing for a single frame; report it if it keeps happening.',
  },
  RUN_INCOMPLETE: {
    meaning: 'The exported recording is of a run that was interrupted.',
    remedy: 'Run it again if you need the rest.',
  },
  SEEK_FAILED: {
    meaning: 'The input cannot be searched; it is decoded from its beginning.',
    remedy: 'Nothing, except to wait longer.',
  },
  SIZE_CHANGED: {
    meaning: "The picture's size changes within the video; it is fitted into the first size.",
    remedy: 'Nothing, or cut the video where its size changes.',
  },
  SOURCE_TRUNCATED: {
    meaning: 'The input ends before its time; the output holds what there was.',
    remedy: 'Check that the file was copied or recorded completely.',
  },
  STREAM_CONVERTED: {
    meaning: "Sound or subtitles were converted, because the output's container cannot hold them.",
    remedy: 'Write to Matroska (`.mkv`) to keep them as they are.',
  },
  STREAM_DROPPED: {
    meaning: 'A stream of the input was left out.',
    remedy: 'Write to Matroska (`.mkv`), which holds most kinds.',
  },
  TIMESTAMPS_SHIFTED: {
    meaning: 'The source starts below zero; the output is moved up as a whole.',
    remedy: 'Nothing: picture and sound stay together.',
  },
  TIMESTAMP_CLOCK: {
    meaning: "A live source's clock cannot be trusted; frames are timed by their arrival.",
    remedy: "Check the camera's clock and firmware.",
  },
  TIMESTAMP_JUMP: {
    meaning: "The source's timestamps jump; what follows continues from there.",
    remedy: 'Nothing, unless it keeps happening: then check the source.',
  },
  TIMESTAMP_ORDER: {
    meaning: "The source's timestamps do not rise; such frames are moved to the next tick.",
    remedy: 'Nothing.',
  },
  TRANSCODE_FAILED: {
    meaning: 'The video cannot be transcoded for viewers.',
    remedy: 'Watch the JPEG pictures instead; check that the encoder works here.',
  },
} as const satisfies Readonly<Record<string, CodeWords>>;

/** The code of a `HeatboxError`. */
export type ErrorCode = keyof typeof errorCodes;

/** The code of a warning. */
export type WarningCode = keyof typeof warningCodes;
