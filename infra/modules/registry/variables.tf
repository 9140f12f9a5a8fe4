variable "repositories" {
  description = "Name of the repository per component."
  type        = map(string)
  nullable    = false
}

variable "kms_key_arn" {
  description = "ARN of the key that encrypts the images; a repository keeps the key that it was made with."
  type        = string
  nullable    = false
}

variable "keep_images" {
  description = "Images, SBOMs and releases that are kept per repository, newest first; rollback reaches back no further."
  type        = number
  default     = 1000
  nullable    = false

  validation {
    condition     = var.keep_images >= 100 && floor(var.keep_images) == var.keep_images
    error_message = "keep_images is ${var.keep_images}; it must be a whole number of at least 100, or there is nothing to roll back to."
  }
}

variable "reader_accounts" {
  description = "Ids of other AWS accounts that may pull: those of the environments that the images are promoted to."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for account in var.reader_accounts : can(regex("^[0-9]{12}$", account))])
    error_message = "reader_accounts is ${jsonencode(var.reader_accounts)}; each must be an account id of 12 digits."
  }
}
