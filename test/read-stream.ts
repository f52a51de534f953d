/** The data of all events in an event stream's text, `[DONE]` as it stands. Independent of the product's own reader. */
export function readStream(text: string): readonly unknown[] {
  return text
    .split(/\r?\n\r?\n/)
    .flatMap((frame) => {
      const data = frame
        .split(/\r?\n/)
        .filter((line) => line.startsWith('data:'))
        .map((line) => line.slice(5).trim())
      return data.length === 0 ? [] : [data.join('\n')]
    })
    .map((data) => (data === '[DONE]' ? data : JSON.parse(data)))
}
