"""What files consist of: bills of materials, and the licences in them."""
