-- Drives the server as a person in Neovim would, and writes what Neovim shows to a file: arguments root, python, result.
local root, python, result = unpack(_G.arg)
local shown = {}

local function wait(what, check)
  assert(vim.wait(30000, check, 20), "did not happen: " .. what)
end

vim.cmd.edit(vim.fs.joinpath(root, "a.py"))
local buffer = vim.api.nvim_get_current_buf()
local id = vim.lsp.start({ name = "parallel-refactor", cmd = { python, "-m", "parallel_refactor", "lsp" }, root_dir = root })
local client = assert(vim.lsp.get_client_by_id(id))
wait("the server is initialized", function() return client.initialized end)

local function run(command, argument)
  local params = { command = "parallelRefactor." .. command, arguments = { argument } }
  local answer = assert(client:request_sync("workspace/executeCommand", params, 30000, buffer))
  assert(not answer.err, vim.inspect(answer.err))
  return answer.result
end

local function diagnostics(path)
  return vim.diagnostic.get(vim.fn.bufadd(vim.fs.joinpath(root, path)))
end

local options = { seconds = 1000 }
shown.run = run("startRun", { engine = "simulate", workers = 2, confirm = false, options = options }).runId
wait("the files are locked", function() return #diagnostics("a.py") == 1 and #diagnostics("b.py") == 1 end)
shown.open = diagnostics("a.py")[1]
shown.closed = diagnostics("b.py")[1]

local place = { textDocument = vim.lsp.util.make_text_document_params(buffer), position = { line = 0, character = 0 } }
shown.hover = client:request_sync("textDocument/hover", place, 30000, buffer).result.contents.value

local actions = vim.lsp.util.make_given_range_params({ 1, 0 }, { 1, 0 }, buffer, client.offset_encoding)
actions.context = { diagnostics = {}, triggerKind = 1 }
local offered = client:request_sync("textDocument/codeAction", actions, 30000, buffer).result
shown.actions = vim.tbl_map(function(action) return action.title end, offered)
client:exec_cmd(offered[1].command, { bufnr = buffer }) -- give me this file
wait("the file is free", function() return #diagnostics("a.py") == 0 end)

vim.api.nvim_buf_set_lines(buffer, 0, 1, false, { "typed = 'in Neovim' -- é🙂" })
wait("the server has the text", function()
  local answer = client:request_sync("parallelRefactor/viewFileText", { uri = vim.uri_from_bufnr(buffer) }, 30000, buffer)
  shown.text = answer.result
  return shown.text:find("typed")
end)

run("cancelRun", vim.empty_dict())
wait("the locks are gone", function() return #diagnostics("b.py") == 0 end)
client:stop()
wait("the server has ended", function() return client:is_stopped() end)

vim.fn.writefile({ vim.json.encode(shown) }, result)
