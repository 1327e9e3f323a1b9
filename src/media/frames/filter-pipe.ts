import {
  AV_BUFFERSRC_FLAG_KEEP_REF,
  type AVColorRange,
  type AVColorSpace,
  AVERROR_EAGAIN,
  AVERROR_EINVAL,
  type AVPixelFormat,
} from 'node-av/constants';
import { Filter, type FilterContext, FilterGraph, Frame } from 'node-av/lib';
import { check, type Ratio } from './av.ts';
import { linkChain } from './filter-chain.ts';

export interface FilterInput {
  readonly width: number;
  readonly height: number;
  readonly format: AVPixelFormat;
  readonly timeBase: Ratio;
  readonly sampleAspectRatio: Ratio;
  readonly colorSpace: AVColorSpace;
  readonly colorRange: AVColorRange;
}

/** One frame in, one frame out. */
export interface FilterPipe {
  /** @returns a new frame, the caller's to free. */
  run(frame: Frame): Frame;
  close(): void;
}

/**
 * A video filter graph of one input and one output, for filters that keep the frame count.
 *
 * @param filters - FFmpeg's filters in order, as `['transpose=clock', 'scale=640:360']`.
 * @throws HeatboxError `FFMPEG` when the graph cannot be built or a frame cannot pass.
 */
export function filterPipe(input: FilterInput, filters: readonly string[]): FilterPipe {
  const graph = new FilterGraph();
  graph.alloc();
  graph.nbThreads = 1;
  const source = graph.allocFilter(Filter.getByName('buffer')!, 'in') as FilterContext;
  check(source.buffersrcParametersSet(input), 'describe the frames to the filters');
  check(source.init(), 'start the filters');
  const sink = linkChain(graph, source, filters, 'buffersink');
  return {
    run(frame) {
      check(source.buffersrcAddFrameSync(frame, AV_BUFFERSRC_FLAG_KEEP_REF), 'filter a frame');
      const out = new Frame();
      out.alloc();
      const code = sink.buffersinkGetFrameSync(out);
      if (code < 0) out.free();
      check(code === AVERROR_EAGAIN ? AVERROR_EINVAL : code, `filter a frame through "${filters.join(',')}"`);
      return out;
    },
    close: () => graph.free(),
  };
}
