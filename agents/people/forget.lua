-- Has every cache ask anew.
-- ARGV[3]: msgpack list of identity keys.
for _, key in ipairs(cmsgpack.unpack(ARGV[3])) do
  tell('forget ' .. key)
end
return cmsgpack.pack(true)
