# Every task of a developer is one target here. `make help` lists them.

.DEFAULT_GOAL := help
.PHONY: help sandbox test simulate torture rehearse admin lint format requirements audit-dependencies environment

PYTHON_BIN := .venv/bin/python
SCRIPTS := bin/audit-dependencies bin/bootstrap bin/build-release bin/build-wheelhouse bin/checkov \
	bin/compile-requirements .ci/run roles/app/files/usr/local/sbin/account-manage \
	roles/bastion/files/dynamodb-test/monitor.sh

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

sandbox: environment ## Run both regions on this machine until Ctrl-C (PORT_OFFSET=100 moves all ports)
	@exec $(PYTHON_BIN) -m sandbox up

test: environment $(if $(T),,lint) ## Lint and run all tests, or run some: make test T=tests/unit
	@$(PYTHON_BIN) -m pytest $(T)

simulate: environment ## Try the ledger in seeded histories of faults: SEEDS=100000, or SEED=1234; REGIONS=3; MUTANT=…; MUTANTS=1
	@$(PYTHON_BIN) -m tests.simulator $(if $(SEEDS),--seeds $(SEEDS)) $(if $(SEED),--seed $(SEED)) \
		$(if $(REGIONS),--regions $(REGIONS)) $(if $(MUTANT),--mutant $(MUTANT)) $(if $(MUTANTS),--mutants)

torture: environment ## Torture a sandbox, then check the books: MINUTES=5, SEED=1 for the faults of an earlier run
	@$(PYTHON_BIN) -m tests.system.torture --minutes $(or $(MINUTES),5) $(if $(SEED),--seed $(SEED))

rehearse: environment ## Deploy to a cloud on this machine with site.yml, and try everything there (root; half an hour)
	@$(PYTHON_BIN) -m tests.rehearsal

admin: ## Open a tunnel to a deployed admin until Ctrl-C, and print its address: REGION=eu-central-1, or the home region
	@test -f build/ssh_config || { echo "No build/ssh_config here: playbooks/site.yml writes it." >&2; exit 1; }
	@ssh -F build/ssh_config admin$(if $(REGION),-$(REGION))

lint: environment ## Check style, types, what is unsafe, templates and scripts
	$(PYTHON_BIN) -m ruff check .
	$(PYTHON_BIN) -m ruff format --check .
	$(PYTHON_BIN) -m mypy
	.venv/bin/bandit --quiet --configfile pyproject.toml --recursive webapp lambda_src sandbox roles playbooks/library \
		bin/build-lambda
	.venv/bin/cfn-lint cloudformation/*.yml
	@bin/checkov
	.venv/bin/yamllint --strict .
	.venv/bin/shellcheck $(SCRIPTS)
	.venv/bin/ansible-lint
	.venv/bin/ansible-playbook --syntax-check playbooks/*.yml

format: environment ## Bring the code into shape
	@$(PYTHON_BIN) -m ruff check --fix .
	@$(PYTHON_BIN) -m ruff format .

requirements: environment ## Compile requirements/*.in anew (UPGRADE=1: with newer releases)
	@bin/compile-requirements

audit-dependencies: environment ## Look every pinned package up in the package index's list of vulnerabilities
	@bin/audit-dependencies

environment:
	@bin/bootstrap
