;;; Drives the server as a person in Emacs would, and writes what Emacs shows to a file.  -*- lexical-binding: t -*-
;; The environment names the workspace (ROOT), the setup from docs/editors.md (SETUP) and the file (RESULT).

(require 'eglot)
(require 'flymake)
(require 'json)

(defvar root (file-name-as-directory (getenv "ROOT")))
(defvar patience 120 "Seconds until something that should happen counts as not happening.")
(defvar shown nil)

(defun note (key value) (push (cons key value) shown))

(defun wait (what check)
  "Wait until CHECK gives something, and give it; WHAT says what did not happen."
  (let ((end (time-add nil patience)) found)
    (while (not (setq found (funcall check)))
      (when (time-less-p end nil) (error "Did not happen: %s" what))
      (accept-process-output nil 0.02))
    found))

(setq project-find-functions (list (lambda (_) (cons 'transient root)))
      eglot-server-programs nil
      eglot-sync-connect nil
      eglot-connect-timeout patience
      eglot-autoshutdown nil
      eglot-send-changes-idle-time 0
      auto-revert-interval 1
      auto-revert-use-notify nil ; without a command loop nobody would read what is notified
      auto-revert-stop-on-user-input nil) ; nor the end of the input
(load (getenv "SETUP"))

(defun visit (name)
  "Open a file in the selected window."
  (find-file (expand-file-name name root))
  (flymake-mode 1)
  (current-buffer))

(defvar a-file (visit "a.py"))
(apply #'eglot (eglot--guess-contact))
(defvar server (wait "connected" #'eglot-current-server))
(defvar b-file (visit "b.py"))

(defun ask (method params)
  "Ask the server and give its answer.
Not by `jsonrpc-request': in Emacs 28 that jumps out of reading when the answer is there, and what arrived together with
it stays unread until the server says something else."
  (let (answer)
    (jsonrpc-async-request server method params
                           :timeout patience
                           :success-fn (lambda (result) (setq answer (list result)))
                           :error-fn (lambda (failure) (error "%s: %S" method failure)))
    (car (wait (format "an answer to %s" method) (lambda () answer)))))

(defun run (command &rest arguments)
  (ask :workspace/executeCommand `(:command ,(concat "parallelRefactor." command) :arguments ,(vconcat arguments))))

(defun locks (buffer)
  "What flymake shows in a buffer."
  (with-current-buffer buffer
    (flymake-start)
    (mapcar #'flymake-diagnostic-text (flymake-diagnostics))))

;; A recipe: started with a prompt, its plan agreed to, seen in the buffer when it has landed, undone.
(defvar c-file (visit "c.py"))
(defun text () (with-current-buffer c-file (buffer-string)))
(define-advice completing-read (:override (prompt &rest _) answer)
  (note 'question prompt)
  "Start")
(parallel-refactor "add docstrings to all functions")
(wait "what has landed is loaded" (lambda () (string-match-p "\"\"\"" (text))))
(note 'landed (text))
(switch-to-buffer c-file)
(parallel-refactor-show)
(note 'document (wait "the run is shown" (lambda ()
                                           (when (get-buffer "*parallel-refactor*")
                                             (with-current-buffer "*parallel-refactor*" (buffer-string))))))
(wait "the run has ended" (lambda () (plist-get (run "previewUndo" (make-hash-table)) :run)))
(parallel-refactor-undo)
(wait "what was undone is loaded" (lambda () (not (string-match-p "\"\"\"" (text)))))
(note 'undone (text))

;; A run that stays as it is.
(note 'run (plist-get (run "startRun" '(:engine "simulate" :workers 2 :confirm :json-false :options (:seconds 1000)
                                        :files ["a.py" "b.py"]))
                      :runId))
(note 'open (car (wait "the lock is shown" (lambda () (locks a-file)))))
(note 'other (car (wait "the other lock is shown" (lambda () (locks b-file)))))

(switch-to-buffer a-file)
(note 'hover (plist-get (plist-get (ask :textDocument/hover (eglot--TextDocumentPositionParams)) :contents) :value))
(parallel-refactor-take-file)
(wait "the lock is gone" (lambda () (null (locks a-file))))

;; Lines before and after, a word that is typed and taken back, a tab: by the keys that a person presses.
(goto-char (point-min))
(execute-kbd-macro (vconcat "# 'in Emacs' é🙂" [return] "wrong" (make-vector 5 ?\d) [?\C-e] "2" [?\C-n] [?\C-q ?\t] "last"))
(note 'typed (buffer-string))
(eglot--signal-textDocument/didChange)
(note 'text (ask :parallelRefactor/viewFileText `(:uri ,(eglot--path-to-uri (buffer-file-name)))))

(parallel-refactor-cancel)
(wait "the other lock is gone" (lambda () (null (locks b-file))))
(set-buffer-modified-p nil)
(eglot-shutdown server nil patience)
(with-temp-file (getenv "RESULT") (insert (json-encode shown)))
