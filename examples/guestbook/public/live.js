// Keeps the cards current while the page is in view. Without it the page works as well: reload to see more.
const list = document.querySelector('#entries');
let source;
let refreshing;
let again = false;

const refresh = async () => {
  const response = await fetch('/');
  const page = new DOMParser().parseFromString(await response.text(), 'text/html');
  const fresh = page.querySelector('#entries');
  if (!response.ok || !fresh) return;
  if (fresh.children.length > 0) document.querySelector('.empty')?.remove();
  const shown = new Map([...list.children].map((card) => [card.id, card]));
  // A card that did not change keeps its element, so that nothing flickers and selections stay.
  list.replaceChildren(
    ...[...fresh.children].map((card) => {
      const old = shown.get(card.id);
      if (old?.dataset.state === card.dataset.state) return old;
      card.classList.add('new');
      return card;
    }),
  );
};

// One request at a time: changes that come meanwhile are seen by one more.
const changed = () => {
  again = true;
  refreshing ??= (async () => {
    while (again) {
      again = false;
      await refresh();
    }
  })()
    .catch((error) => console.warn('Cannot refresh the cards', error))
    .finally(() => {
      refreshing = undefined;
    });
};

// A browser opens few connections to one host: pages out of view hold none.
const follow = () => {
  source?.close();
  source = undefined;
  if (document.visibilityState !== 'visible') return;
  source = new EventSource('/events');
  source.addEventListener('change', changed);
  source.addEventListener('error', () => {
    // The browser itself connects again after a cut, but not after an answer that is an error.
    if (source?.readyState === EventSource.CLOSED) setTimeout(follow, 3000);
  });
};

document.addEventListener('visibilitychange', follow);
follow();
