// Stripe's request bodies and query strings are forms whose keys carry the structure in brackets: items[0][price]=..., expand[]=....

export type FormValue = string | FormValue[] | { [key: string]: FormValue };
export type Form = { [key: string]: FormValue };

type Node = Map<string, Node> | string;

function keyPath(key: string): string[] {
  const head = key.indexOf('[');
  if (head < 0) return [key];
  const path = [key.slice(0, head)];
  for (const match of key.slice(head).matchAll(/\[([^\]]*)\]/g)) path.push(match[1] ?? '');
  return path;
}

function insert(root: Map<string, Node>, path: string[], value: string): void {
  let node = root;
  path.forEach((part, depth) => {
    const key = part === '' ? String(node.size) : part;
    if (depth === path.length - 1) {
      node.set(key, value);
      return;
    }
    const next = node.get(key);
    if (next instanceof Map) {
      node = next;
    } else {
      const child = new Map<string, Node>();
      node.set(key, child);
      node = child;
    }
  });
}

function plain(node: Node): FormValue {
  if (typeof node === 'string') return node;
  const keys = [...node.keys()];
  if (keys.length > 0 && keys.every((key) => /^\d+$/.test(key))) {
    return keys.sort((a, b) => Number(a) - Number(b)).map((key) => plain(node.get(key) ?? ''));
  }
  // A null prototype: a key called __proto__ is data like any other.
  const object: Form = Object.create(null);
  for (const [key, child] of node) object[key] = plain(child);
  return object;
}

/** Parses `a[b][0]=c&d=e`. Lists may be numbered or written with empty brackets. */
export function parseForm(text: string): Form {
  const root = new Map<string, Node>();
  for (const [key, value] of new URLSearchParams(text)) insert(root, keyPath(key), value);
  const object: Form = Object.create(null);
  for (const [key, child] of root) object[key] = plain(child);
  return object;
}
