import { COLOUR_MAPS, type ColourMapName } from '../draw/colour-maps.ts';
import type { Part } from '../player/parts.ts';
import type { Actions } from './keys.ts';
import type { Stage } from './stage.ts';
import { change, setHeat, state, toggle } from './state.ts';
import { toast } from './toast.ts';

const NAMES: Readonly<Record<Part, string>> = {
  boxes: 'Boxes',
  labels: 'Names',
  scores: 'Scores',
  ids: 'Track numbers',
  trails: 'Trails',
  heatmap: 'Heat map',
};

/**
 * What buttons and keys do.
 *
 * One function of more than a page: a list of short actions on the same stage.
 */
export function createActions(stage: Stage, onPlaying: () => void): Actions {
  return {
    playOrPause() {
      const player = stage.active?.player;
      if (!player) return;
      if (player.isPaused) player.play();
      else player.pause();
      onPlaying();
    },
    step() {
      stage.active?.player.step();
      onPlaying();
    },
    async snapshot(withOverlay) {
      const tile = stage.active;
      const blob = await tile?.player.snapshot({ overlay: withOverlay });
      if (!tile || !blob) {
        toast('There is no picture yet');
        return;
      }
      const link = document.createElement('a');
      link.href = URL.createObjectURL(blob);
      // With milliseconds, so that two pictures of one second are two files.
      link.download = `${tile.stream} ${new Date().toISOString().replaceAll(':', '-').replace('.', '-').slice(0, 23)}.png`;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
      toast(withOverlay ? 'Picture saved with its boxes' : 'Picture saved');
    },
    fullScreen() {
      if (document.fullscreenElement) void document.exitFullscreen();
      else void stage.element.requestFullscreen().catch(() => toast('This browser does not allow full screen here'));
    },
    async copyBox() {
      const tile = stage.active;
      const tracks = tile?.player.tracks ?? [];
      const { selected } = state.value;
      const track = tracks.find(({ id }) => id === selected) ?? (tracks.length === 1 ? tracks[0] : undefined);
      if (!tile || !track) {
        toast(tracks.length === 0 ? 'There is no box to copy' : 'Choose a box first');
        return;
      }
      const { session, ptsUs } = tile.player.shown ?? {};
      await copy(JSON.stringify({ stream: tile.stream, session, ptsUs, track }, null, 2));
      toast(`Box of ${track.label} #${track.id} copied as JSON`);
    },
    toggle(part) {
      toggle(part);
      toast(`${NAMES[part]} ${state.value.parts[part] ? 'on' : 'off'}`);
    },
    nextColours() {
      const names = Object.keys(COLOUR_MAPS) as ColourMapName[];
      const colours = names[(names.indexOf(state.value.heat.colours) + 1) % names.length]!;
      setHeat({ colours });
      toast(`Colours: ${colours}`);
    },
    moveOpacity(by) {
      const opacity = within(state.value.heat.opacity + by);
      setHeat({ opacity });
      toast(`Opacity ${Math.round(100 * opacity)} %`);
    },
    moveThreshold(by) {
      const threshold = within(state.value.heat.threshold + by);
      setHeat({ threshold });
      toast(`Threshold ${Math.round(100 * threshold)} %`);
    },
    chooseTrack(direction) {
      const ids = (stage.active?.player.tracks ?? []).map(({ id }) => id).sort((a, b) => a - b);
      if (ids.length === 0) return;
      const at = ids.indexOf(state.value.selected ?? Number.NaN);
      const next = at < 0 ? (direction > 0 ? 0 : ids.length - 1) : (at + direction + ids.length) % ids.length;
      change({ selected: ids[next]! });
    },
    chooseStream(index) {
      const name = state.value.streams[index]?.name;
      if (name) change({ active: name, selected: undefined });
    },
    grid() {
      change({ view: state.value.view === 'grid' ? 'single' : 'grid' });
    },
    theme() {
      const isDark = document.documentElement.dataset.theme === 'dark';
      change({ theme: isDark ? 'light' : 'dark' });
    },
  };
}

function within(value: number): number {
  return Math.max(0, Math.min(1, Math.round(20 * value) / 20));
}

/** Where a page has no access to the clipboard, as over plain HTTP, the old way still works. */
async function copy(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = document.createElement('textarea');
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand('copy');
    area.remove();
  }
}
