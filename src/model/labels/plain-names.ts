import type { LabelGroup } from '../../types.ts';
import type { LabelNode, LabelTree } from './label-tree.ts';

/** More classes than this and a name says too little: of the synsets left, `canine` has 130 and `dog` 118. */
const MOST_CLASSES = 130;

/**
 * Synsets that nobody would name an object by: WordNet's scaffolding (`instrumentality`), zoology's (`diapsid`), and what
 * things are for or made of. Chosen by reading all synsets over at least two of the 1000 ImageNet classes.
 */
const UNUSUAL = new Set(
  `entity; physical entity; object; whole; artifact; living thing; organism; animal; instrumentality; chordate; vertebrate;
  mammal; placental; carnivore; device; domestic animal; container; covering; conveyance; commodity; consumer goods;
  invertebrate; structure; matter; arthropod; wheeled vehicle; equipment; implement; diapsid; self-propelled vehicle;
  working dog; instrument; substance; protective covering; solid; garment; furnishing; vessel; produce; craft;
  natural object; aquatic vertebrate; machine; reproductive structure; plant part; plant organ; even-toed ungulate;
  durables; mechanism; game equipment; nutriment; passerine; oscine; saurian; restraint; teleost fish; bony fish; barrier;
  establishment; obstruction; geological formation; ruminant; bovid; mechanical device; mercantile establishment;
  place of business; foodstuff; abstraction; fastener; causal agent; musteline mammal; game; utensil; lepidopterous insect;
  toiletry; relation; cartilaginous fish; elasmobranch; anapsid; chelonian; anthropoid ape; housing; part; piece;
  piece of cloth; starches; natural elevation; article; soft-finned fish; spiny-finned fish; course; ware; support; system;
  agent; fluid; liquid; ingredient; flavorer; phasianid; anseriform bird; metatherian; coelenterate; echinoderm; lagomorph;
  leporid; supporting structure; white goods; drug; drug of abuse; source of illumination; cutter; measure; attribute;
  psychological feature; communication; group; collection; location; region; area; surface; line; decoration; part of;
  measuring instrument; appliance; body part; shape; thing; creation; representation; product; way; passage; opening;
  visual communication; signal; sign; instrumentation; assembly; excavation; padding; strip; device control; edible fruit`
    .split(';')
    .map((name) => name.trim().replace(/\s+/g, ' ')),
);

/**
 * The groups that things may be named by without being asked for: every class, and over the classes the synsets that
 * people use, as `parrot` and `bird`. Of synsets over the same classes the lowest.
 */
export function plainNames({ leaves, synsets }: LabelTree): readonly LabelGroup[] {
  const usual = synsets.filter(
    ({ name, classes }) => classes.length > 1 && classes.length <= MOST_CLASSES && !UNUSUAL.has(name),
  );
  const lowest = new Map<string, LabelNode>();
  for (const synset of usual) {
    const key = synset.classes.join();
    const other = lowest.get(key);
    if (other === undefined || isBelow(synset, other)) lowest.set(key, synset);
  }
  return [...leaves, ...lowest.values()];
}

function isBelow(node: LabelNode, other: LabelNode): boolean {
  return node.parents.some((parent) => parent === other || isBelow(parent, other));
}
