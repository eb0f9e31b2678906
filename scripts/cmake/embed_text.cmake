# Writes a C++ source with one function that returns the given file as a string: -DINPUT, -DOUTPUT,
# -DHEADER (declares it), -DNAMESPACE, -DFUNCTION.
file(READ ${INPUT} content)
file(WRITE ${OUTPUT} "#include \"${HEADER}\"\n\nnamespace ${NAMESPACE} {\nstd::string_view ${FUNCTION}() {\n  static constexpr std::string_view text = R\"embedded(${content})embedded\";\n  return text;\n}\n} // namespace ${NAMESPACE}\n")
