/*
 * Cameras for machines that have none: preloaded into a process, it answers for /dev/video* and for
 * /sys/class/video4linux in the place of the kernel, so that FFmpeg's own V4L2 code runs.
 *
 * FAKE_CAMERAS names a folder. Its sys/ stands for /sys/class/video4linux, and each file dev/videoN is a camera, there as
 * long as the file is. Its first word says what it does: "plays", "silent" (never has a frame), "denied" (to this user), or
 * "busy-open", "busy-format", "busy-buffers", "busy-start", where another program has it. Frames are 160x120 YUYV at 25 a second, with a bar that moves.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { WIDTH = 160, HEIGHT = 120, FPS = 25, FRAME_BYTES = WIDTH * HEIGHT * 2, BUFFERS = 32, STRIDE = 65536, MOST_FDS = 4096 };

struct camera {
  char path[512];
  unsigned char *buffer[BUFFERS];
  int count;
  int queue[BUFFERS];
  int queued;
  unsigned frames;
};

static struct camera *cameras[MOST_FDS];

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

/* Where a path of the kernel's is found in the folder, else the path itself. */
static const char *moved(const char *path, char *into, size_t size) {
  static const char SYS[] = "/sys/class/video4linux", DEV[] = "/dev/video";
  const char *folder = getenv("FAKE_CAMERAS");
  if (folder == NULL || path == NULL) return path;
  if (strncmp(path, SYS, sizeof SYS - 1) == 0) snprintf(into, size, "%s/sys%s", folder, path + sizeof SYS - 1);
  else if (strncmp(path, DEV, sizeof DEV - 1) == 0) snprintf(into, size, "%s%s", folder, path);
  else return path;
  return into;
}

/* Whether the camera does this; all of it is over when its file is gone. */
static int does(const struct camera *camera, const char *what) {
  char word[32] = "";
  FILE *file = fopen(camera->path, "r");
  if (file == NULL) return 0;
  if (fscanf(file, "%31s", word) != 1) word[0] = 0;
  fclose(file);
  return strcmp(word, what) == 0;
}

static int fail(int code) {
  errno = code;
  return -1;
}

static int opened(int fd, const char *asked, const char *path) {
  if (fd < 0 || fd >= MOST_FDS || strncmp(asked, "/dev/video", 10) != 0) return fd;
  struct camera *camera = calloc(1, sizeof *camera);
  snprintf(camera->path, sizeof camera->path, "%s", path);
  int refusal = does(camera, "busy-open") ? EBUSY : does(camera, "denied") ? EACCES : 0;
  if (refusal != 0) {
    free(camera);
    REAL(close)(fd);
    return fail(refusal);
  }
  cameras[fd] = camera;
  return fd;
}

#define OPEN(name)                                                   \
  int name(const char *path, int flags, ...) {                       \
    char into[512];                                                  \
    va_list rest;                                                    \
    va_start(rest, flags);                                           \
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0; \
    va_end(rest);                                                    \
    const char *to = moved(path, into, sizeof into);                 \
    return opened(REAL(name)(to, flags, mode), path, to);            \
  }
OPEN(open)
OPEN(open64)

int access(const char *path, int mode) {
  char into[512];
  return REAL(access)(moved(path, into, sizeof into), mode);
}

int scandir64(const char *path, struct dirent64 ***list, int (*filter)(const struct dirent64 *),
              int (*order)(const struct dirent64 **, const struct dirent64 **)) {
  char into[512];
  return REAL(scandir64)(moved(path, into, sizeof into), list, filter, order);
}

int scandir(const char *path, struct dirent ***list, int (*filter)(const struct dirent *),
            int (*order)(const struct dirent **, const struct dirent **)) {
  char into[512];
  return REAL(scandir)(moved(path, into, sizeof into), list, filter, order);
}

int close(int fd) {
  if (fd >= 0 && fd < MOST_FDS && cameras[fd] != NULL) {
    free(cameras[fd]);
    cameras[fd] = NULL;
  }
  return REAL(close)(fd);
}

static void *map(void *(*real)(void *, size_t, int, int, int, off_t), void *at, size_t length, int protection, int flags,
                 int fd, off_t offset) {
  struct camera *camera = fd >= 0 && fd < MOST_FDS ? cameras[fd] : NULL;
  if (camera == NULL) return real(at, length, protection, flags, fd, offset);
  unsigned char *memory = real(NULL, length, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  camera->buffer[offset / STRIDE] = memory;
  return memory;
}

void *mmap(void *at, size_t length, int protection, int flags, int fd, off_t offset) {
  return map(REAL(mmap), at, length, protection, flags, fd, offset);
}

void *mmap64(void *at, size_t length, int protection, int flags, int fd, off64_t offset) {
  return map(REAL(mmap64), at, length, protection, flags, fd, offset);
}

static void describe(struct v4l2_buffer *buffer, unsigned index) {
  buffer->index = index;
  buffer->length = FRAME_BYTES;
  buffer->m.offset = index * STRIDE;
}

static void fill(struct camera *camera, struct v4l2_buffer *buffer) {
  unsigned char *data = camera->buffer[buffer->index];
  unsigned bar = camera->frames * 2 % WIDTH;
  for (unsigned at = 0; at < WIDTH * HEIGHT; at++) {
    data[2 * at] = at % WIDTH / 16 == bar / 16 ? 235 : 40;
    data[2 * at + 1] = 128;
  }
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  buffer->timestamp.tv_sec = now.tv_sec;
  buffer->timestamp.tv_usec = now.tv_nsec / 1000;
  buffer->flags = V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC;
  buffer->bytesused = FRAME_BYTES;
  buffer->field = V4L2_FIELD_NONE;
  buffer->sequence = camera->frames++;
}

static int dequeue(struct camera *camera, struct v4l2_buffer *buffer) {
  do {
    usleep(1000000 / FPS);
    if (REAL(access)(camera->path, F_OK) != 0) return fail(ENODEV);
  } while (camera->queued == 0 || does(camera, "silent"));
  describe(buffer, camera->queue[0]);
  memmove(camera->queue, camera->queue + 1, --camera->queued * sizeof(int));
  fill(camera, buffer);
  return 0;
}

static void format(struct v4l2_pix_format *picture) {
  memset(picture, 0, sizeof *picture);
  picture->width = WIDTH;
  picture->height = HEIGHT;
  picture->pixelformat = V4L2_PIX_FMT_YUYV;
  picture->field = V4L2_FIELD_NONE;
  picture->bytesperline = WIDTH * 2;
  picture->sizeimage = FRAME_BYTES;
}

static int answer(struct camera *camera, unsigned request, void *data) {
  if (REAL(access)(camera->path, F_OK) != 0) return fail(ENODEV);
  switch (request) {
    case VIDIOC_QUERYCAP: {
      struct v4l2_capability *capability = data;
      memset(capability, 0, sizeof *capability);
      strcpy((char *)capability->driver, "fake");
      strcpy((char *)capability->card, "Fake camera");
      capability->capabilities = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING | V4L2_CAP_DEVICE_CAPS;
      capability->device_caps = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING;
      return 0;
    }
    case VIDIOC_G_INPUT:
      *(int *)data = 0;
      return 0;
    case VIDIOC_ENUMINPUT:
      if (((struct v4l2_input *)data)->index > 0) return fail(EINVAL);
      memset(data, 0, sizeof(struct v4l2_input));
      return 0;
    case VIDIOC_ENUM_FMT: {
      struct v4l2_fmtdesc *description = data;
      if (description->index > 0) return fail(EINVAL);
      description->flags = 0;
      description->pixelformat = V4L2_PIX_FMT_YUYV;
      strcpy((char *)description->description, "YUYV 4:2:2");
      return 0;
    }
    case VIDIOC_ENUM_FRAMESIZES: {
      struct v4l2_frmsizeenum *size = data;
      if (size->index > 0) return fail(EINVAL);
      size->type = V4L2_FRMSIZE_TYPE_DISCRETE;
      size->discrete.width = WIDTH;
      size->discrete.height = HEIGHT;
      return 0;
    }
    case VIDIOC_ENUM_FRAMEINTERVALS: {
      struct v4l2_frmivalenum *interval = data;
      if (interval->index > 0) return fail(EINVAL);
      interval->type = V4L2_FRMIVAL_TYPE_DISCRETE;
      interval->discrete.numerator = 1;
      interval->discrete.denominator = FPS;
      return 0;
    }
    case VIDIOC_S_FMT:
      if (does(camera, "busy-format")) return fail(EBUSY);
      /* fall through */
    case VIDIOC_G_FMT:
    case VIDIOC_TRY_FMT:
      format(&((struct v4l2_format *)data)->fmt.pix);
      return 0;
    case VIDIOC_S_PARM:
    case VIDIOC_G_PARM: {
      struct v4l2_captureparm *capture = &((struct v4l2_streamparm *)data)->parm.capture;
      memset(capture, 0, sizeof *capture);
      capture->capability = V4L2_CAP_TIMEPERFRAME;
      capture->timeperframe.numerator = 1;
      capture->timeperframe.denominator = FPS;
      return 0;
    }
    case VIDIOC_REQBUFS: {
      struct v4l2_requestbuffers *buffers = data;
      if (does(camera, "busy-buffers")) return fail(EBUSY);
      if (buffers->count > BUFFERS) buffers->count = BUFFERS;
      camera->count = buffers->count;
      return 0;
    }
    case VIDIOC_QUERYBUF: {
      struct v4l2_buffer *buffer = data;
      if (buffer->index >= (unsigned)camera->count) return fail(EINVAL);
      describe(buffer, buffer->index);
      return 0;
    }
    case VIDIOC_QBUF:
      camera->queue[camera->queued++] = ((struct v4l2_buffer *)data)->index;
      return 0;
    case VIDIOC_DQBUF:
      return dequeue(camera, data);
    case VIDIOC_STREAMON:
      return does(camera, "busy-start") ? fail(EBUSY) : 0;
    case VIDIOC_STREAMOFF:
      return 0;
    default:
      return fail(ENOTTY);
  }
}

int ioctl(int fd, unsigned long request, ...) {
  va_list rest;
  va_start(rest, request);
  void *data = va_arg(rest, void *);
  va_end(rest);
  struct camera *camera = fd >= 0 && fd < MOST_FDS ? cameras[fd] : NULL;
  return camera == NULL ? REAL(ioctl)(fd, request, data) : answer(camera, request, data);
}
