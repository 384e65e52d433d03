# What one does with this project. `make help` lists it.
SHELL := /bin/bash
.DEFAULT_GOAL := help

SOURCES := Package.swift Sources Tests Examples
# Always with coverage: switching it rebuilds everything.
BUILD_FLAGS := --enable-code-coverage

.PHONY: help demo test build lint format hooks bench verify release install docs picture

help: ## this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "make %-9s %s\n", $$1, $$2 }'

demo: ## the flawed example app, checked three times: as it is, behind us, behind us with its own flaws mended (ONCE=1 ends by itself)
	@ONCE='$(ONCE)' scripts/demo

test: ## dependencies, build, all tests, coverage
	@scripts/test

build: ## a debug build of everything
	@scripts/install-dependencies build
	swift build $(BUILD_FLAGS)

lint: ## what CI asks of the sources' form
	@scripts/lint $(SOURCES)

format: ## bring the sources into form
	swift format format --in-place --parallel --recursive $(SOURCES)

hooks: ## lint what is staged before each commit
	git config core.hooksPath .githooks
	@echo "before each commit, .githooks/pre-commit lints what is staged"

bench: ## nginx and Seaworthy over the same upstream (release build; takes minutes)
	@scripts/install-dependencies bench
	@Benchmarks/run

verify: ## what takes long: big transfers in flat memory, the raw-bytes suites over many more seeds
	@scripts/verify

release: ## the binary as it is shipped: static standard library, stripped
	@scripts/release

install: release ## the binary, its man page and completions under PREFIX (default /usr/local)
	@PREFIX='$(or $(PREFIX),/usr/local)' scripts/install

docs: build ## the generated documents
	@scripts/generated-docs

picture: ## docs/img/demo.svg from the output of a real `make demo ONCE=1`
	@scripts/picture
