;;; Drives the server as a person in Emacs would, and writes what Emacs shows to a file.  -*- lexical-binding: t -*-
;; The environment names the workspace (ROOT), the Python (PYTHON) and the file (RESULT).

(require 'eglot)
(require 'flymake)
(require 'json)

(defvar root (file-name-as-directory (getenv "ROOT")))
(defvar shown nil)

(defun note (key value) (push (cons key value) shown))

(defun wait (what check)
  "Wait until CHECK gives something, and give it; WHAT says what did not happen."
  (let ((end (time-add nil 30)) found)
    (while (not (setq found (funcall check)))
      (when (time-less-p end nil) (error "Did not happen: %s" what))
      (accept-process-output nil 0.02))
    found))

(defun texts ()
  (mapcar #'flymake-diagnostic-text (flymake-diagnostics)))

(setq project-find-functions (list (lambda (_) (cons 'transient root)))
      eglot-server-programs `((python-mode . (,(getenv "PYTHON") "-m" "parallel_refactor" "lsp")))
      eglot-sync-connect 30
      eglot-autoshutdown nil
      eglot-send-changes-idle-time 0)

(find-file (expand-file-name "a.py" root))
(python-mode)
(apply #'eglot (eglot--guess-contact))
(flymake-mode 1)
(defvar server (wait "connected" #'eglot-current-server))

(defun run (command &rest arguments)
  (eglot-execute-command server (concat "parallelRefactor." command) (vconcat arguments)))

(note 'run (plist-get (run "startRun" '(:engine "simulate" :workers 2 :confirm :json-false :options (:seconds 1000))) :runId))
(note 'locked (car (wait "the lock is shown" (lambda () (flymake-start) (texts)))))
(note 'hover (plist-get (plist-get (jsonrpc-request server :textDocument/hover (eglot--TextDocumentPositionParams)) :contents)
                        :value))
(run "takeFile" (eglot--path-to-uri (buffer-file-name)))
(wait "the lock is gone" (lambda () (flymake-start) (null (texts))))

(goto-char (point-min))
(insert "typed = 'in Emacs \u00e9\U0001F642'\n")
(eglot--signal-textDocument/didChange)
(note 'text (jsonrpc-request server :parallelRefactor/viewFileText `(:uri ,(eglot--path-to-uri (buffer-file-name)))))
(run "cancelRun" (make-hash-table))
(set-buffer-modified-p nil)
(eglot-shutdown server)
(with-temp-file (getenv "RESULT") (insert (json-encode shown)))
