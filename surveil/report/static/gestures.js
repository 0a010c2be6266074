// Drag, pinch, wheel and arrow keys for the canvas map.
const CanvasGestures = (() => {
  const KEYS = { ArrowLeft: [80, 0], ArrowRight: [-80, 0], ArrowUp: [0, 80], ArrowDown: [0, -80] };

  function attach(element, { zoomAbout, panBy, wheel }) {
    const held = new Map(),
      stop = new AbortController();
    const on = (type, handler, more) =>
      element.addEventListener(type, handler, { signal: stop.signal, ...more });
    const at = (event) => {
      const box = element.getBoundingClientRect();
      return [event.clientX - box.left, event.clientY - box.top];
    };
    const spread = () => {
      const [a, b] = [...held.values()];
      return { x: (a[0] + b[0]) / 2, y: (a[1] + b[1]) / 2, apart: Math.hypot(a[0] - b[0], a[1] - b[1]) };
    };

    on("pointerdown", (event) => {
      if (!event.target.closest("button, a, label, .panel")) held.set(event.pointerId, at(event));
    });
    on("pointermove", (event) => {
      const before = held.get(event.pointerId),
        now = at(event);
      if (!before) return;
      if (held.size === 2) {
        const was = spread();
        held.set(event.pointerId, now);
        const is = spread();
        zoomAbout(is.x, is.y, Math.log2(is.apart / was.apart));
        panBy(is.x - was.x, is.y - was.y);
      } else {
        held.set(event.pointerId, now);
        panBy(now[0] - before[0], now[1] - before[1]);
      }
    });
    for (const type of ["pointerup", "pointercancel", "pointerleave"])
      on(type, (event) => held.delete(event.pointerId));
    if (wheel) {
      on(
        "wheel",
        (event) => {
          event.preventDefault();
          zoomAbout(...at(event), -event.deltaY / 400);
        },
        { passive: false },
      );
    }
    on("keydown", (event) => {
      if (event.target !== element) return;
      if (KEYS[event.key]) panBy(...KEYS[event.key]);
      else if (event.key === "+" || event.key === "=")
        zoomAbout(element.clientWidth / 2, element.clientHeight / 2, 0.5);
      else if (event.key === "-") zoomAbout(element.clientWidth / 2, element.clientHeight / 2, -0.5);
      else return;
      event.preventDefault();
    });
    return () => stop.abort();
  }

  return { attach };
})();
