/**
 * Draws a postage stamp for an entry. The picture follows from the entry alone: its bytes of SHA-256 choose
 * motif, colours and shapes. Nothing that a visitor wrote gets into the drawing.
 */
import { createHash } from 'node:crypto';

export interface Stamping {
  readonly entryId: number;
  readonly name: string;
  readonly message: string;
  readonly stampedAt: Date;
}

export const drawStamp = ({ entryId, name, message, stampedAt }: Stamping): string => {
  const bytes = createHash('sha256')
    .update(JSON.stringify([entryId, name, message]))
    .digest();
  const choice = (index: number, count: number) => (bytes[index] ?? 0) % count;
  const hue = choice(0, 24) * 15;
  const motif = motifs[choice(1, motifs.length)] ?? hills;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 112 128" width="112" height="128">
<defs><clipPath id="frame"><rect x="14" y="14" width="84" height="84"/></clipPath>
<mask id="perforation"><rect x="4" y="4" width="104" height="120" fill="#fff"/>
<rect x="4" y="4" width="104" height="120" fill="none" stroke="#000" stroke-width="5" stroke-linecap="round" stroke-dasharray="0 8"/></mask></defs>
<g mask="url(#perforation)"><rect x="4" y="4" width="104" height="120" fill="#fffdf6"/>
<g clip-path="url(#frame)">${motif({ hue, choice })}</g>
<text x="14" y="113" font-family="Georgia, serif" font-size="11" fill="${colour(hue, 45, 28)}">No. ${entryId}</text></g>
${postmark(stampedAt)}</svg>`;
};

interface Palette {
  readonly hue: number;
  /** A whole number below `count`, fixed for this entry and index. */
  readonly choice: (index: number, count: number) => number;
}

const colour = (hue: number, saturation: number, lightness: number): string =>
  `hsl(${hue % 360}, ${saturation}%, ${lightness}%)`;

const sunlight = (warmth: number): string => colour(8 + warmth, 92, 66);

const sky = (fill: string): string => `<rect x="14" y="14" width="84" height="84" fill="${fill}"/>`;

const hills = ({ hue, choice }: Palette): string => {
  const ridge = (y: number, index: number, fill: string) => {
    const bend = choice(index, 26) - 13;
    return `<path d="M14 ${y} Q35 ${y - 14 - bend} 56 ${y} T98 ${y - bend / 2} V98 H14Z" fill="${fill}"/>`;
  };
  return [
    sky(colour(hue, 70, 84)),
    `<circle cx="${32 + choice(5, 48)}" cy="${32 + choice(6, 12)}" r="${8 + choice(7, 5)}" fill="${sunlight(choice(8, 45))}"/>`,
    ridge(62, 2, colour(hue + 10, 45, 66)),
    ridge(74, 3, colour(hue + 25, 45, 48)),
    ridge(87, 4, colour(hue + 40, 50, 30)),
  ].join('');
};

const waves = ({ hue, choice }: Palette): string => {
  const rows = Array.from({ length: 6 }, (_, row) => {
    const start = 2 - choice(2 + row, 20);
    const y = 52 + row * 9;
    const crest = `M${start} ${y} q10 -9 20 0 t20 0 t20 0 t20 0 t20 0 t20 0 V98 H${start}Z`;
    return `<path d="${crest}" fill="${colour(hue + row * 6, 55, 72 - row * 9)}"/>`;
  });
  const sun = `<circle cx="${34 + choice(9, 44)}" cy="42" r="13" fill="${sunlight(choice(8, 45))}"/>`;
  return [sky(colour(hue + 30, 65, 90)), sun, ...rows].join('');
};

const flower = ({ hue, choice }: Palette): string => {
  const count = 6 + choice(2, 7);
  const petals = Array.from({ length: count }, (_, petal) => {
    const turn = (petal * 360) / count + choice(3, 30);
    const fill = colour(hue + (petal % 2) * 18, 70, 62);
    return `<ellipse cx="56" cy="34" rx="7" ry="14" fill="${fill}" transform="rotate(${turn.toFixed(1)} 56 48)"/>`;
  });
  const stem = `<path d="M56 48 Q${48 + choice(4, 16)} 76 56 100" fill="none" stroke="${colour(hue + 120, 40, 38)}" stroke-width="3"/>`;
  const leaf = `<ellipse cx="67" cy="80" rx="11" ry="4.5" fill="${colour(hue + 120, 42, 46)}" transform="rotate(-28 56 80)"/>`;
  return [
    sky(colour(hue + 150, 50, 90)),
    stem,
    leaf,
    ...petals,
    `<circle cx="56" cy="48" r="8" fill="${colour(48, 90, 62)}"/>`,
  ].join('');
};

const night = ({ hue, choice }: Palette): string => {
  const stars = Array.from({ length: 14 }, (_, star) => {
    const radius = 0.7 + choice(18 + (star % 12), 3) * 0.4;
    return `<circle cx="${16 + choice(2 + star, 80)}" cy="${17 + choice(3 + star, 50)}" r="${radius.toFixed(1)}" fill="#fff6d8"/>`;
  });
  const moon = `<circle cx="${34 + choice(16, 44)}" cy="38" r="${9 + choice(17, 4)}" fill="#fff3c4"/>`;
  const peak = 62 + choice(28, 12);
  return [
    sky(colour(hue, 48, 24)),
    ...stars,
    moon,
    `<path d="M14 98 V84 L${32 + choice(29, 12)} ${peak} L56 86 L${70 + choice(30, 10)} ${peak - 6} L98 88 V98Z" fill="${colour(hue + 20, 45, 13)}"/>`,
  ].join('');
};

const motifs = [hills, waves, flower, night] as const;

const postmark = (at: Date): string => {
  const [year, month, day] = at.toISOString().slice(0, 10).split('-');
  return `<g fill="none" stroke="#1b2338" stroke-opacity=".72" stroke-width="1.4" transform="rotate(-14 82 98)">
<circle cx="82" cy="98" r="19" fill="#fffdf6" fill-opacity=".62"/><circle cx="82" cy="98" r="15.5" stroke-width=".7"/>
<text x="82" y="96" text-anchor="middle" font-family="Georgia, serif" font-size="7.5" fill="#1b2338" fill-opacity=".8" stroke="none">${day}.${month}.</text>
<text x="82" y="105" text-anchor="middle" font-family="Georgia, serif" font-size="7.5" fill="#1b2338" fill-opacity=".8" stroke="none">${year}</text></g>
`;
};
