"""The few scripts that pages put into themselves: constant, so that the content security policy names each by its hash.

What a script needs to know stands in a `data-` attribute of the element before it, never in its text.
"""

from urllib.parse import quote

ME_COOKIE = "passline_me"

# Keeps who is working in this browser for a year.
KEEP_ME = """
{
  const asked = document.querySelectorAll("[data-passline-me]");
  const name = encodeURIComponent(decodeURIComponent(asked[asked.length - 1].dataset.passlineMe));
  document.cookie = "passline_me=" + name + "; path=/; max-age=31536000; SameSite=Lax";
}
"""

# Streamlit commits a text area when it is left; a draft must not wait for that. A pause in typing commits it.
COMMIT_AFTER_PAUSE = """
if (!window.passlineDrafts) {
  window.passlineDrafts = true;
  document.addEventListener("input", (typed) => {
    const area = typed.target;
    if (area.tagName !== "TEXTAREA" || !area.closest('[class*="st-key-passline-draft"]')) return;
    clearTimeout(area.passlinePause);
    area.passlinePause = setTimeout(() => area.dispatchEvent(new KeyboardEvent(
      "keydown", {key: "Enter", code: "Enter", ctrlKey: true, metaKey: true, bubbles: true})), 500);
  }, true);
}
"""
INLINE_SCRIPTS = [KEEP_ME, COMMIT_AFTER_PAUSE]


def keep_me(name: str) -> str:
    """HTML that keeps a name in the browser's cookie; the name can end neither the attribute nor the cookie."""
    return f'<div data-passline-me="{quote(name, safe="")}"></div><script>{KEEP_ME}</script>'
