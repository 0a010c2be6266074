"""Reading geodata files and building the arrays that kernels search."""
