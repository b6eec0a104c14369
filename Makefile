# `make` sets up what is missing and builds every edition of every publication; `make help` lists the rest.
# Set-up is done once: .venv/.ready is older than requirements.lock or pyproject.toml when it must be done again.
# Written for GNU make 3.81, which macOS has, and later.

BUILDER := .venv/bin/builder
READY   := .venv/.ready
JAVA    := .venv/.java
ACE     := .venv/.ace
UV      := $(firstword $(wildcard .venv/bin/uv) uv)

.DEFAULT_GOAL := build
.PHONY: build pdf epub check watch pictures test standards bench bench-goals bench-scale bench-checks bench-cluster lint lock setup clean distclean help

# A folder that was moved, or whose Python was removed, is set up afresh.
ifneq ($(shell test -x .venv/bin/python && cat $(READY) 2>/dev/null),$(CURDIR))
.PHONY: $(READY)
endif

# Filters count on the command line only: many desktops export LANGUAGE for quite another purpose.
typed   = $(if $(filter command,$(firstword $(origin $(1)))),$($(1)))
flag    = $(if $(call typed,$(1)),--$(2) '$(call typed,$(1))')
FILTERS = $(strip $(call flag,PUBLICATION,publication) $(call flag,AUDIENCE,audience) \
                  $(call flag,LANGUAGE,language) $(call typed,ARGS))
ifneq ($(call typed,LANGUAGE),)
unexport LANGUAGE
endif

# Homebrew's Java is not on the PATH unless one puts it there.
ifeq ($(shell uname -s),Darwin)
export PATH := /opt/homebrew/opt/openjdk/bin:/usr/local/opt/openjdk/bin:$(PATH)
endif

build: $(READY)   ## all files of all editions
	$(BUILDER) build $(FILTERS)

pdf: $(READY)     ## the PDFs only
	$(BUILDER) build --target pdf $(FILTERS)

epub: $(READY)    ## the EPUBs only
	$(BUILDER) build --target epub $(FILTERS)

check: $(READY)   ## look for mistakes in content/, build nothing
	$(BUILDER) check $(FILTERS)

watch: $(READY)   ## build, and build again whatever you change, until Ctrl-C
	$(BUILDER) build --watch $(FILTERS)

# The pages of each edition that the handbook shows: edition, pages, columns.
SHEETS := decision-makers:1-2:2 press:1-3:3 analysts:1,6,8,16,18,34:3 public:1,5,7,16,20,24:6 investors:1,5,7,9,12,21:6 reviewers:1,6,8,18,36,55:6

pictures: $(READY) ## renew the pictures of pages in the handbook
	$(BUILDER) build --publication mongolia --target pdf
	@for sheet in $(SHEETS); do \
	    edition=$${sheet%%:*}; rest=$${sheet#*:}; \
	    $(BUILDER) pictures mongolia/$$edition content/publications/handbook/images/pages-$$edition.png \
	        --pages $${rest%%:*} --columns $${rest##*:} --width 340 || exit; \
	done

test: $(READY) $(JAVA) $(ACE)   ## run the tests
	.venv/bin/pytest -n auto --dist worksteal $(call typed,ARGS)

standards: $(READY) ## say what the judges of PDF and EPUB find in output/; ARGS=--installed does without missing ones
	PYTHONPATH=.:tests .venv/bin/python tests/standards.py $(call typed,ARGS)

bench: $(READY)   ## compare with the peers that are installed; ARGS="--pages 10 50 --runs 5"
	@PYTHONPATH=.:tests .venv/bin/python -m bench $(call typed,ARGS)

bench-goals: $(READY) ## measure the goals of speed and memory, half an hour; ARGS="--pages 200 --only word page"
	@PYTHONPATH=.:tests .venv/bin/python -m bench.goals $(call typed,ARGS)

bench-scale: $(READY) ## cost against pages and editions, drawn in output/bench/; ARGS="--pages 3200 --editions"
	@PYTHONPATH=.:tests .venv/bin/python -m bench.scale $(call typed,ARGS)

bench-checks: $(READY) ## what the certificate and the other checks cost; ARGS="mongolia/press"
	@PYTHONPATH=.:tests .venv/bin/python -m bench.certificate $(call typed,ARGS)

bench-cluster: $(READY) ## a thousand letters, built here and by a scheduler's workers; ARGS="60 2"
	@PYTHONPATH=.:tests .venv/bin/python tests/bench_executor.py $(call typed,ARGS)

lint: $(READY)    ## check the Python code's style
	.venv/bin/ruff check builder tests

setup: $(READY)   ## set up only

lock: pyproject.toml   ## renew requirements.lock after a change to pyproject.toml (needs uv; UPGRADE=yes for new versions)
	@command -v $(UV) >/dev/null || { echo 'error: needs uv' >&2; echo '  hint: run: .venv/bin/pip install uv' >&2; exit 3; }
	$(UV) --no-config pip compile pyproject.toml --extra test --group build --output-file requirements.lock \
	    --universal --python-version 3.11 --generate-hashes --quiet $(if $(filter yes,$(UPGRADE)),--upgrade) \
	    --no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock'

clean:            ## remove output/ and the reports in .private/
	rm -rf output .private

distclean: clean  ## remove output/, .private/, .venv/ and the tools' caches
	rm -rf .venv .pytest_cache .ruff_cache .hypothesis tests/ace/node_modules
	find builder tests -name __pycache__ -type d -prune -exec rm -rf {} +

help:             ## show this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1	\2/p' Makefile | expand -t 20
	@echo
	@echo '  build, pdf, epub, check and watch take PUBLICATION=, AUDIENCE= and LANGUAGE=, as in'
	@echo '  make pdf PUBLICATION=handbook AUDIENCE=author'

$(READY): requirements.lock pyproject.toml
	@sh .ci/setup.sh build

$(JAVA): $(READY)
	@sh .ci/setup.sh test

$(ACE): $(READY) tests/ace/package-lock.json
	@sh .ci/setup.sh ace
