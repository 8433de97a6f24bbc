-- SPDX-License-Identifier: MIT
-- wrk script: a mix of requests in turn, and one in eight posts the JSON document whose file is named
-- behind `--`.
local requests, turn = {}, 0

function init(arguments)
  local file = assert(io.open(arguments[1], "rb"))
  local body = file:read("*a")
  file:close()
  local json = { ["Content-Type"] = "application/json" }
  for _, path in ipairs({ "/users/1", "/json", "/users/22", "/plain", "/users/333", "/json", "/plain" }) do
    requests[#requests + 1] = wrk.format("GET", path)
  end
  requests[#requests + 1] = wrk.format("POST", "/items", json, body)
end

function request()
  turn = turn % #requests + 1
  return requests[turn]
end
