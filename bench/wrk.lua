-- Posts the file named by BENCH_BODY and ends with one line of JSON.
local file = assert(io.open(os.getenv("BENCH_BODY"), "rb"))
wrk.method = "POST"
wrk.body = file:read("*a")
wrk.headers["content-type"] = "application/json"
file:close()

function done(summary, latency)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.timeout + errors.status
  local line = '\nRESULT {"done":%d,"failed":%d,"seconds":%.4f,"p50":%d,"p99":%d}\n'
  io.write(line:format(summary.requests, failed, summary.duration / 1e6, latency:percentile(50), latency:percentile(99)))
end
