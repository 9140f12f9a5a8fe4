# The local environment: what the containers on one machine are called and where they listen.

locals {
  # Network address, gateway, broadcast, database, and both cohorts and the splitter per service.
  addresses_needed = 4 + sum([for service in var.services : 2 * service.replicas + 1])
  addresses        = pow(2, 32 - tonumber(split("/", var.subnet)[1]))
}

module "service" {
  source   = "../../modules/cohorts"
  for_each = var.services

  environment    = var.environment
  service        = each.key
  listen_port    = each.value.listen_port
  container_port = each.value.container_port
  health_path    = each.value.health_path
  replicas       = each.value.replicas
}

resource "terraform_data" "network" {
  input = {
    name    = "${var.environment}-kitchen"
    subnet  = var.subnet
    gateway = cidrhost(var.subnet, 1)
  }

  lifecycle {
    precondition {
      condition     = local.addresses >= local.addresses_needed
      error_message = "subnet ${var.subnet} has ${local.addresses} addresses, the services need ${local.addresses_needed}."
    }
  }
}

resource "terraform_data" "database" {
  input = {
    container = "${var.environment}-postgres"
    address   = "${var.environment}-postgres:5432"
    name      = var.database
    volume    = "${var.environment}-postgres-data"
  }
}

resource "terraform_data" "models" {
  input = {
    volume = "${var.environment}-models"
    path   = "/model"
  }
}
