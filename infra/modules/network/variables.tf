variable "name" {
  description = "First part of every name."
  type        = string
  nullable    = false
}

variable "cidr" {
  description = "IPv4 addresses of the VPC, in CIDR notation, /16 to /19: a load balancer needs a /27 in each zone."
  type        = string
  nullable    = false

  validation {
    condition     = can(cidrnetmask(var.cidr)) && try(tonumber(split("/", var.cidr)[1]) >= 16 && tonumber(split("/", var.cidr)[1]) <= 19, false)
    error_message = "cidr is ${jsonencode(var.cidr)}; it must be IPv4 in CIDR notation with a mask from /16 to /19, such as 10.20.0.0/16."
  }
}

variable "availability_zones" {
  description = "Names of the zones, two at least: a load balancer and a database need two. Appending keeps the subnets that are there."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.availability_zones) >= 2 && length(var.availability_zones) <= 15
    error_message = "availability_zones has ${length(var.availability_zones)}; 2 to 15 are needed."
  }

  validation {
    condition     = length(distinct(var.availability_zones)) == length(var.availability_zones)
    error_message = "availability_zones names one twice: ${join(", ", var.availability_zones)}."
  }
}

variable "nat_per_zone" {
  description = "A NAT gateway in each zone, so that the loss of one zone cuts off no other; false makes one for all."
  type        = bool
  nullable    = false
}

variable "kms_key_arn" {
  description = "ARN of the key that encrypts the flow logs."
  type        = string
  nullable    = false
}

variable "log_retention_days" {
  description = "Days that flow logs are kept."
  type        = number
  nullable    = false
}
