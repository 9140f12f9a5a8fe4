variable "name" {
  description = "First part of every name; with -green behind it it must fit a target group's 32 letters."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,24}[a-z0-9]$", var.name))
    error_message = "name is ${jsonencode(var.name)}; it must be 2 to 26 small letters, digits and hyphens, a letter first."
  }
}

variable "network" {
  description = "Where the service lives: the VPC and its addresses, and the subnets' ids per zone."
  type = object({
    vpc_id             = string
    cidr               = string
    public_subnet_ids  = map(string)
    private_subnet_ids = map(string)
  })
  nullable = false
}

variable "cluster_arn" {
  description = "ARN of the ECS cluster."
  type        = string
  nullable    = false
}

variable "repository" {
  description = "ECR repository of the image: ARN and address."
  type = object({
    arn = string
    url = string
  })
  nullable = false
}

variable "container" {
  description = "Name of the container in the task."
  type        = string
  nullable    = false
}

variable "port" {
  description = "Port on which the container listens."
  type        = number
  default     = 8000
  nullable    = false
}

variable "health_path" {
  description = "Path that answers with 200 as soon as a task may get requests."
  type        = string
  default     = "/readyz"
  nullable    = false

  validation {
    condition     = startswith(var.health_path, "/")
    error_message = "health_path is ${jsonencode(var.health_path)}; it must begin with a slash."
  }
}

variable "health_command" {
  description = "Command inside of the container that exits with 0 while it is well: ECS reads none from the image."
  type        = list(string)
  nullable    = false
}

variable "cpu" {
  description = "CPU units of a task; 1024 are one core."
  type        = number
  nullable    = false
}

variable "memory" {
  description = "Memory of a task in MiB."
  type        = number
  nullable    = false
}

variable "environment" {
  description = "Variables of the container's environment; nothing secret."
  type        = map(string)
  nullable    = false
}

variable "secrets" {
  description = "ARN of a secret per variable of the environment that ECS fills with its value."
  type        = map(string)
  nullable    = false
}

variable "mounts" {
  description = "Folders of a file system that the container reads, by name."
  type = map(object({
    file_system_id  = string
    access_point_id = string
    path            = string
  }))
  default  = {}
  nullable = false
}

variable "certificate_arn" {
  description = "ARN of the ACM certificate for the load balancer."
  type        = string
  nullable    = false
}

variable "client_cidrs" {
  description = "IPv4 addresses that may send requests, in CIDR notation."
  type        = list(string)
  nullable    = false

  validation {
    condition     = alltrue([for cidr in var.client_cidrs : can(cidrnetmask(cidr))])
    error_message = "client_cidrs is ${jsonencode(var.client_cidrs)}; each must be IPv4 in CIDR notation, such as 203.0.113.0/24."
  }
}

variable "web_acl_arn" {
  description = "ARN of a WAF web ACL to put before the load balancer; null: none."
  type        = string
  default     = null
}

variable "cohort_header" {
  description = "Header by which a request names its cohort, blue or green, whatever the weights."
  type        = string
  default     = "X-Kitchen-Cohort"
  nullable    = false
}

variable "shifting" {
  description = "One ECS service whose weights ECS itself moves (blue/green, canary, linear), in place of two whose weights a rollout moves."
  type        = bool
  default     = false
  nullable    = false
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

variable "limits" {
  description = "When to raise an alarm: percent of 5xx, of at least so many requests in a minute, and seconds of the 95th percentile."
  type = object({
    error_percent = optional(number, 1)
    min_requests  = optional(number, 50)
    p95_seconds   = optional(number, 0.5)
  })
  default  = {}
  nullable = false
}

variable "alarm_topic_arn" {
  description = "ARN of the SNS topic that alarms are sent to."
  type        = string
  nullable    = false
}

variable "log_bucket" {
  description = "Name of the bucket for the load balancer's access logs."
  type        = string
  nullable    = false
}

variable "log_retention_days" {
  description = "Days that the containers' logs are kept."
  type        = number
  nullable    = false
}

variable "kms_key_arn" {
  description = "ARN of the key that encrypts logs and secrets."
  type        = string
  nullable    = false
}

variable "deletion_protection" {
  description = "AWS refuses to delete the load balancer, whatever a plan says."
  type        = bool
  nullable    = false
}
