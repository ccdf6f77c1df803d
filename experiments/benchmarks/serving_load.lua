-- wrk: POST the lines of a file in turn, each with a request id of its own.
-- A line reads key<TAB>body with the request id as @@; arguments after --: the file, the path, a prefix of the ids.
local lines, path, prefix, sent = {}, "", "", 0

function init(args)
  path, prefix = args[2], args[3]
  for line in io.lines(args[1]) do
    local key, head, tail = line:match("^(.-)\t(.-)@@(.*)$")
    lines[#lines + 1] = { headers = { ["Content-Type"] = "application/json", ["Authorization"] = "Bearer " .. key },
                          head = head, tail = tail }
  end
end

function request()
  sent = sent + 1
  local line = lines[sent % #lines + 1]
  return wrk.format("POST", path, line.headers, line.head .. prefix .. sent .. line.tail)
end

function done(summary, latency, _)
  local errors = summary.errors
  print(string.format(
    '{"requests":%d,"seconds":%.6f,"p50_ms":%.4f,"p99_ms":%.4f,"max_ms":%.4f,"refused":%d,"broken":%d}',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    latency.max / 1e3, errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
