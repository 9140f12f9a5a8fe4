variable "environment" {
  description = "Name of the environment; first part of every name."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,20}$", var.environment))
    error_message = "environment is ${jsonencode(var.environment)}; it must be 2 to 21 small letters, digits and hyphens, a letter first."
  }
}

variable "service" {
  description = "Name of the service; second part of every name."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,20}$", var.service))
    error_message = "service is ${jsonencode(var.service)}; it must be 2 to 21 small letters, digits and hyphens, a letter first."
  }
}

variable "listen_port" {
  description = "Port of the traffic splitter on the host's loopback address."
  type        = number
  nullable    = false

  validation {
    condition     = var.listen_port >= 1024 && var.listen_port <= 65535 && floor(var.listen_port) == var.listen_port
    error_message = "listen_port is ${var.listen_port}; it must be a whole number from 1024 to 65535."
  }
}

variable "container_port" {
  description = "Port on which every replica listens inside of the network."
  type        = number
  default     = 8000
  nullable    = false

  validation {
    condition     = var.container_port >= 1024 && var.container_port <= 65535 && floor(var.container_port) == var.container_port
    error_message = "container_port is ${var.container_port}; it must be a whole number from 1024 to 65535: the images do not run as root."
  }
}

variable "health_path" {
  description = "Path that a replica answers with 200 as soon as it may get requests."
  type        = string
  default     = "/readyz"
  nullable    = false

  validation {
    condition     = startswith(var.health_path, "/")
    error_message = "health_path is ${jsonencode(var.health_path)}; it must begin with a slash."
  }
}

variable "replicas" {
  description = "Containers per cohort."
  type        = number
  default     = 1
  nullable    = false

  validation {
    condition     = var.replicas >= 1 && var.replicas <= 20 && floor(var.replicas) == var.replicas
    error_message = "replicas is ${var.replicas}; it must be a whole number from 1 to 20."
  }
}

variable "initial_weights" {
  description = "Percent of the requests per cohort when the environment is made. Rollouts move them later, and this module does not move them back."
  type = object({
    blue  = number
    green = number
  })
  default = {
    blue  = 100
    green = 0
  }
  nullable = false

  validation {
    condition     = var.initial_weights.blue + var.initial_weights.green == 100
    error_message = "initial_weights add up to ${var.initial_weights.blue + var.initial_weights.green}, not to 100."
  }

  validation {
    condition = alltrue([
      for weight in values(var.initial_weights) : weight >= 0 && weight <= 100 && floor(weight) == weight
    ])
    error_message = "initial_weights must be whole numbers from 0 to 100."
  }
}
