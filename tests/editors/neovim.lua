-- Drives the server as a person in Neovim would, and writes what Neovim shows to a file.
-- The environment names the workspace (ROOT), the setup from docs/editors.md (SETUP) and the file (RESULT).
local root, result = vim.env.ROOT, vim.env.RESULT
local PATIENCE = 120000 -- milliseconds until something that should happen counts as not happening
local shown = {}

local function wait(what, check)
  assert(vim.wait(PATIENCE, check, 20), "did not happen: " .. what)
end

dofile(vim.env.SETUP)
vim.cmd.edit(vim.fs.joinpath(root, "a.py"))
local buffer = vim.api.nvim_get_current_buf()
wait("the server is initialized", function()
  local found = vim.lsp.get_clients({ name = "parallel-refactor" })[1]
  return found and found.initialized
end)
local client = vim.lsp.get_clients({ name = "parallel-refactor" })[1]

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

local function text()
  return table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, true), "\n") .. "\n"
end

-- A recipe: started with a prompt, its plan agreed to, seen in the buffer as soon as it has landed, undone.
vim.ui.select = function(items, options, choose)
  shown.question = options.prompt
  choose(items[1])
end
vim.cmd.edit(vim.fs.joinpath(root, "c.py"))
shown.progress = {}
vim.api.nvim_create_autocmd("LspProgress", { callback = function(event) table.insert(shown.progress, event.data.params.value) end })
vim.cmd.Refactor("add docstrings to all functions")
wait("what has landed is loaded", function() return text():find('"""') end)
shown.landed = text()
wait("the run has ended", function() return shown.progress[#shown.progress].kind == "end" end)
vim.cmd.RefactorShow()
wait("the run is shown", function() return text():find("# Run r1") end)
shown.document = text()
vim.cmd.bdelete()
vim.cmd.RefactorUndo()
wait("what was undone is loaded", function() return not text():find('"""') end)
shown.undone = text()
vim.cmd.edit(vim.fs.joinpath(root, "a.py"))

-- A run that stays as it is.
local options, files = { seconds = 1000 }, { "a.py", "b.py" }
local wanted = { engine = "simulate", workers = 2, confirm = false, options = options, files = files }
shown.run = run("startRun", wanted).runId
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
vim.cmd.RefactorTake()
wait("the file is free", function() return #diagnostics("a.py") == 0 end)

-- Lines before and after, a word that is typed and taken back, a tab: by the keys that a person presses.
local keys = "ggO# 'in Neovim' é🙂<CR>wrong<BS><BS><BS><BS><BS><BS><Esc>jA2<CR><C-V><Tab>last<Esc>"
vim.api.nvim_feedkeys(vim.keycode(keys), "tx", false)
shown.typed = table.concat(vim.api.nvim_buf_get_lines(buffer, 0, -1, true), "\n") .. "\n"
shown.text = ask("parallelRefactor/viewFileText", { uri = vim.uri_from_bufnr(buffer) })

vim.cmd.RefactorCancel()
wait("the locks are gone", function() return #diagnostics("b.py") == 0 end)
client:stop()
wait("the server has ended", function() return client:is_stopped() end)

vim.fn.writefile({ vim.json.encode(shown) }, result)
