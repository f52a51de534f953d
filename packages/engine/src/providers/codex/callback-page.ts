/** The page that the browser shows after the sign-in. No script, no address of anything; `problem` is text. */
export function callbackPage(problem?: string): string {
  const title = problem === undefined ? 'Signed in' : 'Not signed in'
  const words =
    problem === undefined
      ? 'Crossfeed is signed in to ChatGPT. You may close this page.'
      : `${problem} You may close this page.`
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>${title} · Crossfeed</title>
<style>body { font: 1.1rem/1.5 system-ui, sans-serif; max-width: 32rem; margin: 20vh auto; padding: 0 1rem }</style>
<h1>${title}</h1>
<p>${escapeHtml(words)}</p>
</html>
`
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
