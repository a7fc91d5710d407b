/** An element with properties, and children that are elements or text: nothing is ever parsed as HTML. */
export function el(tag, properties, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children.filter((child) => child !== null));
  return element;
}

/** Text that stands in for a name, kept apart from the writing direction around it. */
export const bdi = (text, className = '') => el('bdi', { className }, text);

export const hidden = (text) => el('span', { className: 'visually-hidden' }, text);

/** Touches the document only on a change, so that what is selected or read aloud stays undisturbed. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * Makes the children of `parent` match `items`. A child whose key stays is kept, and made anew in its place only
 * when `looksOf` says that it would look different.
 */
export function reconcile(parent, items, { keyOf, looksOf, create }) {
  const old = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  const wanted = items.map((item) => {
    const looks = looksOf(item);
    const kept = old.get(keyOf(item));
    if (kept?.dataset.looks === looks) return kept;
    const made = create(item);
    Object.assign(made.dataset, { key: keyOf(item), looks });
    if (kept) swap(kept, made);
    return made;
  });
  const stay = new Set(wanted);
  for (const child of [...parent.children]) if (!stay.has(child)) child.remove();
  wanted.forEach((child, place) => {
    if (parent.children[place] !== child) parent.insertBefore(child, parent.children[place] ?? null);
  });
}

/** The focus moves along to what stands in the old element's place. */
function swap(old, made) {
  const focused = old.contains(document.activeElement);
  old.replaceWith(made);
  if (focused) made.querySelector('button')?.focus();
}
