import { describe, expect, it } from 'vitest';
import { readHead } from '../../../../src/media/live/packets/annex-b.ts';
import { codecString, plainCodecString } from '../../../../src/media/live/packets/codec-string.ts';

const unit = (...nals: number[][]) => Uint8Array.from(nals.flatMap((nal) => [0, 0, 0, 1, ...nal]));

describe('readHead', () => {
  const sps = [0x67, 0x42, 0xc0, 0x1e, 0xaa];
  const pps = [0x68, 0xce];

  it('finds the parameter sets and the kind of the picture', () => {
    const head = readHead(unit(sps, pps, [0x65, 0x88, 0x84]), 'h264');
    expect(head).toMatchObject({ key: true, start: 0 });
    expect([...head.sps!]).toEqual(sps);
    expect([...head.sets!]).toEqual([0, 0, 0, 1, ...sps, 0, 0, 0, 1, ...pps]);
    expect(readHead(unit([0x41, 0x9a]), 'h264')).toEqual({ key: false, start: 0, continues: false, slice: 1 });
  });

  it('begins behind an access unit delimiter, and reads past other units', () => {
    const head = readHead(unit([0x09, 0xf0], [0x06, 5, 1], sps, [0x65, 1]), 'h264');
    expect(head).toMatchObject({ key: true, start: 6 });
    expect([...head.sps!]).toEqual(sps);
  });

  it('takes any random access picture of H.265 for a keyframe', () => {
    for (const [type, key] of [
      [19, true],
      [21, true],
      [1, false],
    ] as const)
      expect(readHead(unit([type << 1, 1, 9]), 'hevc').key).toBe(key);
  });

  it('tells a slice that goes on from one that begins a picture', () => {
    expect(readHead(unit(sps, [0x65, 0x88]), 'h264').continues).toBe(false);
    expect(readHead(unit(sps, pps, [0x65, 0x09]), 'h264')).toMatchObject({ continues: true, slice: 16 });
    expect(readHead(unit([0x26, 1, 0x80]), 'hevc').continues).toBe(false);
    expect(readHead(unit([0x26, 1, 0x40]), 'hevc').continues).toBe(true);
  });

  it('reads nothing out of nothing', () => {
    for (const data of [[], [0], [0, 0, 1], [1, 2, 3, 4]])
      expect(readHead(Uint8Array.from(data), 'h264')).toEqual({ key: false, start: 0, continues: false });
  });
});

describe('codec strings', () => {
  it('of H.264 are profile, constraints and level', () => {
    expect(codecString(Uint8Array.from([0x67, 0x42, 0xc0, 0x1e]), 'h264')).toBe('avc1.42c01e');
  });

  it('of H.265 are profile, compatibility, tier, level and constraints', () => {
    // Main profile, level 3.1, with an emulation prevention byte within the constraints.
    const sps = [0x42, 0x01, 0x01, 0x01, 0x60, 0, 0, 3, 0, 0xb0, 0, 0, 3, 0, 0, 3, 0, 0x5d];
    expect(codecString(Uint8Array.from(sps), 'hevc')).toBe('hev1.1.6.L93.B0');
  });

  it('of the others come from what the container says, or are their names', () => {
    const facts = { profile: 0, level: -99, bitDepth: 8 };
    expect(plainCodecString({ codec: 'vp9', ...facts })).toBe('vp09.00.41.08');
    expect(plainCodecString({ codec: 'av1', ...facts, level: 4, bitDepth: 10 })).toBe('av01.0.04M.10');
    expect(plainCodecString({ codec: 'mjpeg', ...facts })).toBe('mjpeg');
  });
});
