import { describe, expect, it } from 'vitest'
import { createFakeClock } from '../../fake-clock.test-support.ts'
import { createPulse, type Pulsed } from './pulse.ts'

interface Counted extends Pulsed {
  pulses: number
}

function createStream(onPulse: (stream: Counted) => void = () => {}): Counted {
  return {
    lastWrite: 0,
    pulseSlot: -1,
    pulses: 0,
    pulse() {
      this.pulses++
      onPulse(this)
    },
  }
}

describe('the pulse', () => {
  it('keeps the streams alive that are left, whichever went and however often it was said', async () => {
    const clock = createFakeClock()
    const pulse = createPulse(clock, 5000)
    const streams = [createStream(), createStream(), createStream(), createStream()]
    for (const stream of streams) {
      stream.lastWrite = clock.now()
      pulse.add(stream)
    }
    for (const gone of [1, 1, 3]) pulse.remove(streams[gone]!)
    await clock.advance(5000)
    expect(streams.map((stream) => stream.pulses)).toEqual([1, 0, 1, 0])
    for (const gone of [0, 2, 0]) pulse.remove(streams[gone]!)
    await clock.advance(20_000)
    expect(streams.map((stream) => stream.pulses)).toEqual([1, 0, 1, 0])
  })

  it('goes on when the clock is put back', async () => {
    const clock = createFakeClock()
    const pulse = createPulse(clock, 5000)
    const stream = createStream()
    stream.lastWrite = clock.now()
    pulse.add(stream)
    clock.sleep(-60 * 60 * 1000)
    await clock.advance(11_000)
    expect(stream.pulses).toBeGreaterThanOrEqual(2)
  })

  it('passes none over when one ends by its own keep-alive', async () => {
    const clock = createFakeClock()
    const pulse = createPulse(clock, 5000)
    const streams = [createStream((stream) => pulse.remove(stream)), createStream(), createStream()]
    for (const stream of streams) {
      stream.lastWrite = clock.now()
      pulse.add(stream)
    }
    await clock.advance(10_000)
    expect(streams.map((stream) => stream.pulses)).toEqual([1, 2, 2])
  })
})
