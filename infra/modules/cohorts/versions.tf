terraform {
  # terraform_data is built in, so this module needs no provider and no registry.
  required_version = ">= 1.11, < 2.0"
}
