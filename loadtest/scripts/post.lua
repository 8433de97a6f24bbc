-- SPDX-License-Identifier: MIT
-- wrk script: posts the JSON document whose file is named behind `--`.
function init(arguments)
  local file = assert(io.open(arguments[1], "rb"))
  wrk.method = "POST"
  wrk.headers["Content-Type"] = "application/json"
  wrk.body = file:read("*a")
  file:close()
end
