-- Drives the server as a person in Neovim would, and writes what Neovim shows to a file.
-- The environment names the workspace (ROOT), the Python (PYTHON) and the file (RESULT).
local root, python, result = vim.env.ROOT, vim.env.PYTHON, vim.env.RESULT
local PATIENCE = 120000 -- milliseconds until something that should happen counts as not happening
local shown = {}

local function wait(what, check)
  assert(vim.wait(PATIENCE, check, 20), "did not happen: " .. what)
end

vim.cmd.edit(vim.fs.joinpath(root, "a.py"))
local buffer = vim.api.nvim_get_current_buf()
local id = vim.lsp.start({ name = "parallel-refactor", cmd = { python, "-m", "parallel_refactor", "lsp" }, root_dir = root })
local client = assert(vim.lsp.get_client_by_id(id))
wait("the server is initialized", function() return client.initialized end)

local function ask(method, params)
  local answer = assert(client:request_sync(method, params, PATIENCE, buffer))
  assert(not answer.err, vim.inspect(answer.err))
  return answer.result
end

local function run(command, argument)
  return ask("workspace/executeCommand", { command = "parallelRefactor." .. command, arguments = { argument } })
end

local function diagnostics(path)
  return vim.diagnostic.get(vim.fn.bufadd(vim.fs.joinpath(root, path)))
end

local options = { seconds = 1000 }
shown.run = run("startRun", { engine = "simulate", workers = 2, confirm = false, options = options }).runId
wait("the files are locked", function() return #diagnostics("a.py") == 1 and #diagnostics("b.py") == 1 end)
shown.open = diagnostics("a.py")[1]
shown.closed = diagnostics("b.py")[1]
assert(not vim.api.nvim_buf_is_loaded(vim.fn.bufnr("b.py")), "b.py is open")

local place = { textDocument = vim.lsp.util.make_text_document_params(buffer), position = { line = 0, character = 0 } }
shown.hover = ask("textDocument/hover", place).contents.value

local actions = vim.lsp.util.make_given_range_params({ 1, 0 }, { 1, 0 }, buffer, client.offset_encoding)
actions.context = { diagnostics = {}, triggerKind = 1 }
local offered = ask("textDocument/codeAction", actions)
shown.actions = vim.tbl_map(function(action) return action.title end, offered)
client:exec_cmd(offered[1].command, { bufnr = buffer }) -- give me this file
wait("the file is free", function() return #diagnostics("a.py") == 0 end)

-- Lines before and after, a word that is typed and taken back, a tab: by the keys that a person presses.
local keys = "ggO# 'in Neovim' é🙂<CR>wrong<BS><BS><BS><BS><BS><BS><Esc>jA2<CR><C-V><Tab>last<Esc>"
vim.api.nvim_feedkeys(vim.keycode(keys), "tx", false)
shown.typed = table.concat(vim.api.nvim_buf_get_lines(buffer, 0, -1, true), "\n") .. "\n"
shown.text = ask("parallelRefactor/viewFileText", { uri = vim.uri_from_bufnr(buffer) })

run("cancelRun", vim.empty_dict())
wait("the locks are gone", function() return #diagnostics("b.py") == 0 end)
client:stop()
wait("the server has ended", function() return client:is_stopped() end)

vim.fn.writefile({ vim.json.encode(shown) }, result)
