variable "environment" {
  description = "Name of the environment; first part of every name, so that several fit on one machine."
  type        = string
  default     = "local"
  nullable    = false
}

variable "subnet" {
  description = "IPv4 addresses of the containers' network, in CIDR notation."
  type        = string
  default     = "172.30.40.0/24"
  nullable    = false

  validation {
    condition     = can(cidrnetmask(var.subnet))
    error_message = "subnet is ${jsonencode(var.subnet)}; it must be IPv4 in CIDR notation, such as 172.30.40.0/24."
  }
}

variable "services" {
  description = "The services behind a traffic splitter, by name."
  type = map(object({
    listen_port    = number
    container_port = optional(number, 8000)
    health_path    = optional(string, "/readyz")
    replicas       = optional(number, 1)
  }))
  default = {
    api = { listen_port = 18080 }
  }
  nullable = false

  validation {
    condition     = length(var.services) > 0
    error_message = "services is empty; at least one is needed."
  }

  validation {
    condition     = length(distinct([for service in var.services : service.listen_port])) == length(var.services)
    error_message = "Two services have the same listen_port: ${join(", ", [for name, service in var.services : "${name} ${service.listen_port}"])}."
  }
}

variable "database" {
  description = "Name of the API's PostgreSQL database; the password is given by whoever deploys, and never here."
  type        = string
  default     = "kitchen"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z_][a-z0-9_]{0,62}$", var.database))
    error_message = "database is ${jsonencode(var.database)}; it must be a PostgreSQL name in small letters."
  }
}
