variable "product" {
  description = "First part of every name; images lie below it in the registry."
  type        = string
  default     = "kitchen"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9]{1,9}$", var.product))
    error_message = "product is ${jsonencode(var.product)}; it must be 2 to 10 small letters and digits, a letter first."
  }
}

variable "environment" {
  description = "Name of the environment; second part of every name, and the GitHub environment that deploys to it."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,9}$", var.environment))
    error_message = "environment is ${jsonencode(var.environment)}; it must be 2 to 10 small letters, digits and hyphens, a letter first: a target group's name has room for no more."
  }
}

variable "cidr" {
  description = "IPv4 addresses of the VPC, in CIDR notation, /16 to /19."
  type        = string
  nullable    = false
}

variable "availability_zones" {
  description = "Names of the zones, two at least."
  type        = list(string)
  nullable    = false
}

variable "highly_available" {
  description = "Survive the loss of a zone without anybody's help: a NAT gateway per zone, and databases with a standby."
  type        = bool
  nullable    = false
}

variable "deletion_protection" {
  description = "AWS refuses to delete databases and the load balancer, whatever a plan says."
  type        = bool
  nullable    = false
}

variable "domain" {
  description = "Host name of the API; Airflow is at airflow. below it."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^([a-z0-9]([a-z0-9-]*[a-z0-9])?[.])+[a-z]{2,}$", var.domain))
    error_message = "domain is ${jsonencode(var.domain)}; it must be a host name in small letters, such as api.example.com."
  }
}

variable "certificate_arn" {
  description = "ARN of the ACM certificate for the domain and airflow. below it."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:[a-z-]+:acm:[a-z0-9-]+:[0-9]{12}:certificate/", var.certificate_arn))
    error_message = "certificate_arn is ${jsonencode(var.certificate_arn)}; it must be an ARN such as arn:aws:acm:eu-central-1:111122223333:certificate/…."
  }
}

variable "client_cidrs" {
  description = "IPv4 addresses that may send requests to the API, in CIDR notation."
  type        = list(string)
  default     = ["0.0.0.0/0"]
  nullable    = false
}

variable "web_acl_arn" {
  description = "ARN of a WAF web ACL to put before the load balancer; null: none."
  type        = string
  default     = null
}

variable "api" {
  description = "Size of an API task (CPU units, MiB), when to raise an alarm, and whether ECS itself moves its weights."
  type = object({
    cpu      = number
    memory   = number
    shifting = optional(bool, false)
    limits = optional(object({
      error_percent = optional(number)
      min_requests  = optional(number)
      p95_seconds   = optional(number)
    }), {})
  })
  nullable = false
}

variable "airflow" {
  description = "Size of the Airflow task (CPU units, MiB), and the IPv4 addresses that may open its pages and API: none, if empty."
  type = object({
    cpu          = number
    memory       = number
    client_cidrs = optional(list(string), [])
  })
  nullable = false
}

variable "database" {
  description = "Class and first storage of each database, days of backups, and the number to raise for new passwords."
  type = object({
    instance_class    = string
    storage_gib       = optional(number, 20)
    backup_days       = number
    password_revision = optional(number, 1)
  })
  nullable = false
}

variable "registry" {
  description = "The account that owns the registry (null: this one makes it), and the ids of other accounts that may pull from it."
  type = object({
    owner_account_id = optional(string)
    reader_accounts  = optional(list(string), [])
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.registry.owner_account_id == null || can(regex("^[0-9]{12}$", var.registry.owner_account_id))
    error_message = "registry.owner_account_id is ${jsonencode(var.registry.owner_account_id)}; it must be an account id of 12 digits."
  }

  validation {
    condition     = var.registry.owner_account_id == null || length(var.registry.reader_accounts) == 0
    error_message = "registry names readers of a registry that another account owns; they are said where it is made."
  }
}

variable "github_repository" {
  description = "The GitHub repository whose workflows get roles, owner/name."
  type        = string
  nullable    = false
}

variable "github_oidc_provider_arn" {
  description = "ARN of GitHub's OIDC provider, where the account has one; null makes it."
  type        = string
  default     = null
}

variable "log_retention_days" {
  description = "Days that logs are kept, a year at least."
  type        = number
  default     = 365
  nullable    = false

  validation {
    condition     = contains([365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "log_retention_days is ${var.log_retention_days}; CloudWatch keeps logs for 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653 days, of those that are a year or more."
  }
}
