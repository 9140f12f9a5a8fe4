# Two cohorts of one service behind one traffic splitter. Nothing is started here: the module
# decides names, ports and first weights, and keeps them in the state, so that whoever deploys
# reads them instead of inventing them again.

locals {
  prefix = "${var.environment}-${var.service}"

  cohorts = {
    for colour, weight in var.initial_weights : colour => {
      backend        = "${local.prefix}-${colour}"
      initial_weight = weight
      replicas = [
        for number in range(var.replicas) : {
          name    = "${local.prefix}-${colour}-${number}"
          address = "${local.prefix}-${colour}-${number}:${var.container_port}"
        }
      ]
    }
  }
}

resource "terraform_data" "splitter" {
  input = {
    name        = "${local.prefix}-splitter"
    listen      = "127.0.0.1:${var.listen_port}"
    health_path = var.health_path
  }
}

resource "terraform_data" "cohort" {
  for_each = local.cohorts

  input = {
    backend  = each.value.backend
    replicas = each.value.replicas
  }
}

resource "terraform_data" "initial_weights" {
  input = { for colour, cohort in local.cohorts : colour => cohort.initial_weight }

  lifecycle {
    # From the first rollout on the splitter holds the truth; a later plan must not undo it.
    ignore_changes = [input]
  }
}
