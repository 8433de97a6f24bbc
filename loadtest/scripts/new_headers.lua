-- SPDX-License-Identifier: MIT
-- wrk script: each request has a field that no other has.
local before, behind
local number = 100000

function init()
  wrk.headers["X-Request-Id"] = "NUMBER"
  before, behind = wrk.format("GET"):match("^(.-)NUMBER(.*)$")
end

function request()
  number = number + 1
  return before .. number .. behind
end
