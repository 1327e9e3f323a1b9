import { avChannelLayoutDefault, type ChannelLayout } from 'node-av/lib';

/** Which channels there are: AVI, WAV and Matroska may only say how many. */
export function layoutOf(layout: ChannelLayout): ChannelLayout {
  return layout.mask === 0n ? avChannelLayoutDefault(layout.nbChannels) : layout;
}
