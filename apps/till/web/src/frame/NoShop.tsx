/** A person whose last membership has ended, or who was never invited anywhere. */
export function NoShop() {
  return (
    <main className="mx-auto grid max-w-140 gap-2 p-6">
      <h1 className="text-22 font-semibold">You work in no shop</h1>
      <p className="text-ink-2">An owner adds you to a shop with the address that you signed in with.</p>
    </main>
  );
}
