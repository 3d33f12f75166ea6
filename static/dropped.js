/** The files that somebody drops or chooses, including those in folders, however deep. */

/** @typedef {{name: string, file: File}} Dropped */

/** @param {DataTransfer} data @returns {Promise<Dropped[]>} */
export async function droppedFiles(data) {
  // All at once: the browser empties the list after the first await.
  const entries = [...data.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (entries.length === 0) return chosenFiles(data.files);
  const found = await Promise.all(entries.map((entry) => filesOf(entry)));
  return sorted(found.flat());
}

/** @param {FileList} files of an <input> @returns {Dropped[]} */
export function chosenFiles(files) {
  return sorted([...files].map((file) => ({ name: file.webkitRelativePath || file.name, file })));
}

async function filesOf(entry) {
  if (entry.name.startsWith(".")) return [];
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) => { entry.file(resolve, reject); });
    return [{ name: entry.fullPath.replace(/^\//, ""), file }];
  }
  const found = [];
  const reader = entry.createReader();
  for (;;) {
    // A reader returns its entries in batches; an empty batch is the end.
    const part = await new Promise((resolve, reject) => { reader.readEntries(resolve, reject); });
    if (part.length === 0) return found.flat();
    found.push(...await Promise.all(part.map((inner) => filesOf(inner))));
  }
}

function sorted(files) {
  return files
    .filter(({ name, file }) => file.size > 0 && !name.split("/").at(-1).startsWith("."))
    .sort((one, other) => (one.name < other.name ? -1 : 1));
}
