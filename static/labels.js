/** Where each face's label goes so that no two overlap: plain geometry, nothing of the page. */

/**
 * @typedef {object} Rectangle
 * @property {number} x left
 * @property {number} y top
 * @property {number} width
 * @property {number} height
 */

const SPACE = 6;

/**
 * Above its face if that is free, else below it, else inside, else further up or down in steps of its own height.
 *
 * @param {{face: Rectangle, width: number, height: number}[]} labels faces with the sizes of their labels; the first
 *   ones choose first
 * @param {{width: number, height: number}} room within which all labels must stay
 * @returns {(Rectangle | null)[]} in the same order; null if there is no room
 */
export function placeLabels(labels, room) {
  const taken = [];
  return labels.map(({ face, width, height }) => {
    const x = clamp(face.x, 0, room.width - width);
    const place = heights(face, height)
      .map((y) => ({ x, y, width, height }))
      .find((at) => at.y >= 0 && at.y + height <= room.height && !taken.some((other) => overlap(at, other)));
    if (place) taken.push(place);
    return place ?? null;
  });
}

function heights(face, height) {
  const [above, below] = [face.y - SPACE - height, face.y + face.height + SPACE];
  const inside = [face.y + SPACE, face.y + face.height - SPACE - height];
  const further = [1, 2, 3].flatMap((step) => [above - step * (height + 2), below + step * (height + 2)]);
  return [above, below, ...inside, ...further];
}

function overlap(one, other) {
  return one.x < other.x + other.width && other.x < one.x + one.width
    && one.y < other.y + other.height && other.y < one.y + one.height;
}

function clamp(value, low, high) {
  return Math.max(low, Math.min(value, high));
}
