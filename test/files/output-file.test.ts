import {
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { containerOf, defaultOutput, planOutput } from '../../src/files/output-file.ts';

let dir: string;
const path = (name: string) => join(dir, name);

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'heatbox-test-'));
  writeFileSync(path('in.mp4'), 'input');
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

describe('the output of a run', () => {
  it('is written beside its target and appears when it is whole', () => {
    const output = planOutput(path('out.mp4'), path('in.mp4'), false);
    expect(dirname(output.temporary)).toBe(dir);
    writeFileSync(output.temporary, 'new');
    expect(existsSync(path('out.mp4'))).toBe(false);
    output.commit();
    expect(readFileSync(path('out.mp4'), 'utf8')).toBe('new');
    expect(readdirSync(dir).sort()).toEqual(['in.mp4', 'out.mp4']);
  });

  it('leaves nothing, and the old file, when it is discarded', () => {
    writeFileSync(path('out.mp4'), 'old');
    const output = planOutput(path('out.mp4'), path('in.mp4'), true);
    writeFileSync(output.temporary, 'half');
    output.discard();
    output.discard();
    expect(readFileSync(path('out.mp4'), 'utf8')).toBe('old');
    expect(readdirSync(dir).sort()).toEqual(['in.mp4', 'out.mp4']);
  });

  it('has a temporary file of its own, also for the same target', () => {
    const plans = [1, 2].map(() => planOutput(path(`${'x'.repeat(250)}.mp4`), path('in.mp4'), false));
    expect(plans[0]!.temporary).not.toBe(plans[1]!.temporary);
    for (const { temporary } of plans) writeFileSync(temporary, '');
  });

  it('replaces what a link points to, not the link', () => {
    mkdirSync(path('elsewhere'));
    writeFileSync(path('elsewhere/target.mp4'), 'old');
    symlinkSync(path('elsewhere/target.mp4'), path('link.mp4'));
    const output = planOutput(path('link.mp4'), path('in.mp4'), true);
    writeFileSync(output.temporary, 'new');
    output.commit();
    expect(readlinkSync(path('link.mp4'))).toBe(path('elsewhere/target.mp4'));
    expect(readFileSync(path('elsewhere/target.mp4'), 'utf8')).toBe('new');
  });

  it('does not replace a file that has come to be there in the meantime, without force', () => {
    const output = planOutput(path('out.mp4'), path('in.mp4'), false);
    writeFileSync(output.temporary, 'new');
    writeFileSync(path('out.mp4'), 'precious');
    expect(() => output.commit()).toThrow(expect.objectContaining({ code: 'OUTPUT_EXISTS' }));
    output.discard();
    expect(readFileSync(path('out.mp4'), 'utf8')).toBe('precious');
    expect(readdirSync(dir).sort()).toEqual(['in.mp4', 'out.mp4']);
  });

  it('that cannot be put in its place is a failure of the run', () => {
    const output = planOutput(path('out.mp4'), path('in.mp4'), false);
    expect(() => output.commit()).toThrow(expect.objectContaining({ code: 'OUTPUT_WRITE', kind: 'runtime' }));
  });
});

describe('an output is refused', () => {
  it.each([
    ['in a folder that does not exist', 'nowhere/x.mp4', 'OUTPUT_FOLDER_MISSING'],
    ['in what is no folder', 'in.mp4/x.mp4', 'OUTPUT_FOLDER_MISSING'],
    ['as a folder', 'folder', 'OUTPUT_IS_FOLDER'],
    ['as a device', 'device.mp4', 'OUTPUT_NOT_FILE'],
    ['as a link to nothing', 'dangling.mp4', 'OUTPUT_PATH'],
    ['with a name that is too long', `${'x'.repeat(300)}.mp4`, 'OUTPUT_PATH'],
    ['as the input', 'in.mp4', 'OUTPUT_IS_INPUT'],
    ['as the input, spelled otherwise', './folder/../in.mp4', 'OUTPUT_IS_INPUT'],
    ['as the input, by a symbolic link', 'symlink.mp4', 'OUTPUT_IS_INPUT'],
    ['as the input, by a hard link', 'hardlink.mp4', 'OUTPUT_IS_INPUT'],
  ])('%s, even with force', (_what, name, code) => {
    mkdirSync(path('folder'));
    symlinkSync('/dev/null', path('device.mp4'));
    symlinkSync(path('nothing.mp4'), path('dangling.mp4'));
    symlinkSync(path('in.mp4'), path('symlink.mp4'));
    linkSync(path('in.mp4'), path('hardlink.mp4'));
    const refused = expect.objectContaining({ code, kind: 'usage' });
    expect(() => planOutput(`${dir}/${name}`, path('in.mp4'), true)).toThrow(refused);
  });

  it('where it exists, without force', () => {
    writeFileSync(path('out.mp4'), 'old');
    const refused = expect.objectContaining({ code: 'OUTPUT_EXISTS', hint: expect.stringContaining('--force') });
    expect(() => planOutput(path('out.mp4'), path('in.mp4'), false)).toThrow(refused);
  });
});

describe('the container', () => {
  it('follows the extension, whatever its case', () => {
    expect(['a.mp4', 'a.MKV', 'b/a.webm', 'a.mov'].map(containerOf)).toEqual(['mp4', 'matroska', 'webm', 'mov']);
  });

  it.each(['video', 'video.avi', '-', '.mp4'])('is unknown for %j', (name) => {
    const refused = expect.objectContaining({ code: 'OUTPUT_EXTENSION', hint: expect.stringContaining('.mp4') });
    expect(() => containerOf(name)).toThrow(refused);
  });
});

describe('the default output', () => {
  it.each([
    ['clips/bird.mov', 'clips/bird.annotated.mp4'],
    ['bird', 'bird.annotated.mp4'],
    ['frames/%04d.png', 'frames/sequence.annotated.mp4'],
    ['frames/bird_%04d.png', 'frames/bird.annotated.mp4'],
    ['https://user:pw@host/a/bird.mp4?x=1#t', 'bird.annotated.mp4'],
    ['rtsp://cam/user=me_password=secret.sdp', 'video.annotated.mp4'],
    ['http://cam/live;pwd=secret.mp4', 'video.annotated.mp4'],
    ['https://host', 'video.annotated.mp4'],
    ['http://', 'video.annotated.mp4'],
  ])('of %j is %j', (input, output) => {
    expect(defaultOutput(input)).toBe(output);
  });

  it('keeps the name of a file that only looks like a sequence', () => {
    writeFileSync(path('50%d.mov'), '');
    expect(defaultOutput(path('50%d.mov'))).toBe(path('50%d.annotated.mp4'));
  });
});
