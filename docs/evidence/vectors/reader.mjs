// A second reader of evidence packs, after docs/evidence/pack.md and format.md, on Node.js alone (18 or newer):
//   node reader.mjs KEY PACK...
// Prints a line a pack: its name, "verified" with the numbers of entries and other rows, or "refused" and why.
// It shares no code with the verifier, so that what both say is what the format says.
import { createHash, createPublicKey, verify } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { inflateRawSync } from 'node:zlib'

const MEMBERS = {
  checkpoint: 1 << 16,
  'checkpoints.jsonl': 1 << 24,
  'log.jsonl': 1 << 27,
  'rows.jsonl': 3 * 2 ** 30,
  'pack.json': 1 << 16,
}

class Refused extends Error {}

const require = (holds, otherwise) => {
  if (!holds) throw new Refused(otherwise)
}

// Bytes.

const sha256 = (...parts) => {
  const hash = createHash('sha256')
  parts.forEach(part => hash.update(part))
  return hash.digest()
}
const same = (a, b) => Buffer.compare(a, b) === 0
const int32 = value => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}
const field = bytes => Buffer.concat([int32(bytes.length), bytes])
const text = value => field(Buffer.from(value, 'utf8'))
const number = value => {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64BE(BigInt(value))
  return field(bytes)
}
const optional = (value, write) => (value === null ? Buffer.from([0]) : Buffer.concat([Buffer.from([1]), write(value)]))
const list = (values, write) => Buffer.concat([int32(values.length), ...values.map(write)])
const base64 = value => {
  const bytes = Buffer.from(value, 'base64')
  require(bytes.toString('base64') === value, `${value} is not Base64`)
  return bytes
}
const hashOf = value => {
  const bytes = base64(value)
  require(bytes.length === 32, 'a hash has 32 bytes')
  return bytes
}
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const decoded = bytes => {
  try {
    return utf8.decode(bytes)
  } catch {
    throw new Refused('it is not UTF-8')
  }
}

// The zip file.

const crcTable = Array.from({ length: 256 }, (_, n) => {
  let c = n
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1
  return c >>> 0
})
const crc32 = bytes => {
  let c = 0xffffffff
  for (const byte of bytes) c = crcTable[(c ^ byte) & 0xff] ^ (c >>> 8)
  return (c ^ 0xffffffff) >>> 0
}

const unzip = file => {
  const end = file.length - 22
  require(end >= 0 && file.readUInt32LE(end) === 0x06054b50 && file.readUInt16LE(end + 20) === 0, 'it does not end as a zip file')
  const count = file.readUInt16LE(end + 10)
  const from = file.readUInt32LE(end + 16)
  require(
    file.readUInt32LE(end + 4) === 0 && file.readUInt16LE(end + 8) === count && from + file.readUInt32LE(end + 12) === end,
    'its directory is elsewhere',
  )
  const entries = []
  let at = from
  for (let i = 0; i < count; i++) {
    require(at + 46 <= end && file.readUInt32LE(at) === 0x02014b50, 'its directory is short')
    const nameLength = file.readUInt16LE(at + 28)
    const entry = {
      name: file.subarray(at + 46, at + 46 + nameLength).toString('utf8'),
      flags: file.readUInt16LE(at + 8),
      method: file.readUInt16LE(at + 10),
      crc: file.readUInt32LE(at + 16),
      packed: file.readUInt32LE(at + 20),
      size: file.readUInt32LE(at + 24),
      kind: file.readUInt32LE(at + 38) >>> 28,
      from: file.readUInt32LE(at + 42),
    }
    require(entry.name in MEMBERS, `it has a member ${JSON.stringify(entry.name)}`)
    require(!entries.some(other => other.name === entry.name), `it has ${entry.name} twice`)
    require(entry.kind === 0 || entry.kind === 8, `${entry.name} is no file`)
    require((entry.flags & ~(2 | 4 | 8 | 2048)) === 0, `${entry.name} has unknown flags`)
    require(entry.method === 0 || entry.method === 8, `${entry.name} is packed by another method`)
    require(entry.size <= MEMBERS[entry.name], `${entry.name} is too large`)
    require(file.readUInt16LE(at + 32) === 0 && file.readUInt16LE(at + 34) === 0, `${entry.name} has a comment or is elsewhere`)
    entries.push(entry)
    at += 46 + nameLength + file.readUInt16LE(at + 30)
  }
  require(at === end, 'its directory has more')
  entries.sort((a, b) => a.from - b.from)
  const members = {}
  let expected = 0
  for (const entry of entries) {
    require(entry.from === expected && entry.from + 30 <= from, `${entry.name} does not follow the one before`)
    const head = entry.from
    const later = (entry.flags & 8) !== 0
    const says = (offset, value) => {
      const said = file.readUInt32LE(head + offset)
      return said === value || (later && said === 0)
    }
    const nameLength = file.readUInt16LE(head + 26)
    require(
      file.readUInt32LE(head) === 0x04034b50 &&
        file.readUInt16LE(head + 6) === entry.flags &&
        file.readUInt16LE(head + 8) === entry.method &&
        says(14, entry.crc) &&
        says(18, entry.packed) &&
        says(22, entry.size) &&
        file.subarray(head + 30, head + 30 + nameLength).toString('utf8') === entry.name,
      `${entry.name} has another header of its own`,
    )
    const start = head + 30 + nameLength + file.readUInt16LE(head + 28)
    const stop = start + entry.packed
    require(stop <= from, `${entry.name} overlaps`)
    const packed = file.subarray(start, stop)
    let content = packed
    if (entry.method === 8) {
      try {
        const result = inflateRawSync(packed, { maxOutputLength: entry.size + 1, info: true })
        content = result.buffer
        require(result.engine.bytesWritten === packed.length, `${entry.name} has bytes behind its content`)
      } catch (e) {
        throw e instanceof Refused ? e : new Refused(`${entry.name} cannot be unpacked`)
      }
    }
    require(content.length === entry.size && crc32(content) === entry.crc, `${entry.name} has another size or checksum`)
    members[entry.name] = content
    expected = stop
    if (later) {
      const signed = file.readUInt32LE(stop) === 0x08074b50 && file.readUInt32LE(stop + 4) === entry.crc
      const d = signed ? stop + 4 : stop
      require(
        file.readUInt32LE(d) === entry.crc && file.readUInt32LE(d + 4) === entry.packed && file.readUInt32LE(d + 8) === entry.size,
        `${entry.name} has another descriptor`,
      )
      expected = d + 12
    }
  }
  require(expected === from, 'there are bytes before its directory')
  for (const name in MEMBERS) require(name in members, `it lacks ${name}`)
  return members
}

// Lines of JSON: what a reader reads must be written again as the same bytes, so that there is one spelling.

const lines = (members, name, names) => {
  const content = decoded(members[name])
  require(content === '' || content.endsWith('\n'), `${name} ends within a line`)
  return content.split('\n').slice(0, -1).map((line, i) => {
    let value
    try {
      value = JSON.parse(line)
    } catch {
      throw new Refused(`${name} line ${i + 1} is not JSON`)
    }
    require(JSON.stringify(value) === line, `${name} line ${i + 1} is spelled otherwise`)
    const expected = names(value)
    require(expected && Object.keys(value).join() === expected, `${name} line ${i + 1} has other members`)
    return value
  })
}

// Signed notes, checkpoints, trees.

const verifierKey = line => {
  const [name, id, rest] = line.split(/\+(.*?)\+(.*)/s)
  const typed = base64(rest)
  require(typed.length === 33 && typed[0] === 1, 'the key is not one of Ed25519')
  require(sha256(name, '\n', typed).subarray(0, 4).toString('hex') === id, 'the key has another id')
  const key = createPublicKey({
    key: Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), typed.subarray(1)]),
    format: 'der',
    type: 'spki',
  })
  return { line, name, id: Buffer.from(id, 'hex'), key }
}

const opened = (note, key) => {
  const split = note.lastIndexOf('\n\n')
  require(split >= 0 && note.endsWith('\n'), 'a note has an empty line and an end')
  const signed = note.slice(0, split + 1)
  // eslint-disable-next-line no-control-regex
  require(!/[\x00-\x09\x0b-\x1f]/.test(signed), 'a note has no control characters')
  let found = false
  const signatures = note.slice(split + 2, -1).split('\n')
  require(signatures.length <= 100, 'a note has at most 100 signatures')
  for (const line of signatures) {
    const parts = /^\u2014 ([^ +]+) ([^ ]+)$/u.exec(line)
    require(parts, 'that is no line of a signature')
    const bytes = base64(parts[2])
    require(bytes.length >= 5, 'a signature is short')
    if (parts[1] === key.name && same(bytes.subarray(0, 4), key.id)) {
      require(verify(null, Buffer.from(signed), key.key, bytes.subarray(4)), 'the signature does not fit')
      found = true
    }
  }
  require(found, 'the key has not signed')
  const [origin, size, root, ...more] = signed.split('\n')
  require(origin === key.name && /^(0|[1-9][0-9]{0,17})$/.test(size), 'that is no checkpoint of the log')
  require(more.slice(0, -1).every(line => line !== ''), 'a checkpoint has no empty lines')
  return { note, size: Number(size), root: hashOf(root) }
}

const node = (left, right) => sha256(Buffer.from([1]), left, right)
const leafHash = data => sha256(Buffer.from([0]), data)

// The greatest power of two below a size.
const split = size => 2 ** (Math.ceil(Math.log2(size)) - 1)

const rootBy = (index, size, hash, path) => {
  if (size === 1) {
    require(path.length === 0, 'a proof is too long')
    return hash
  }
  require(path.length > 0, 'a proof is too short')
  const k = split(size)
  const sibling = path[path.length - 1]
  const rest = path.slice(0, -1)
  return index < k ? node(rootBy(index, k, hash, rest), sibling) : node(sibling, rootBy(index - k, size - k, hash, rest))
}
const includes = (root, size, index, hash, path) => index < size && same(rootBy(index, size, hash, path), root)

// RFC 6962, 2.1.2: gives both roots that a proof of consistency leads to.
const rootsBy = (earlier, later, proof, known) => {
  if (earlier === later) {
    if (known) {
      require(proof.length === 0, 'a proof is too long')
      return [known, known]
    }
    require(proof.length === 1, 'a proof has another length')
    return [proof[0], proof[0]]
  }
  require(proof.length > 0, 'a proof is too short')
  const k = split(later)
  const last = proof[proof.length - 1]
  const rest = proof.slice(0, -1)
  if (earlier <= k) {
    const [then, now] = rootsBy(earlier, k, rest, known)
    return [then, node(now, last)]
  }
  const [then, now] = rootsBy(earlier - k, later - k, rest, null)
  return [node(last, then), node(last, now)]
}
const continues = (newest, other, proof) => {
  require(other.size > 0 && other.size < newest.size, 'an earlier checkpoint is not smaller')
  const [then, now] = rootsBy(other.size, newest.size, proof, other.root)
  return same(then, other.root) && same(now, newest.root)
}

const treeRoot = hashes => {
  if (hashes.length === 0) return sha256('')
  if (hashes.length === 1) return hashes[0]
  const k = split(hashes.length)
  return node(treeRoot(hashes.slice(0, k)), treeRoot(hashes.slice(k)))
}

// Leaves of the log, and segments.

class Reader {
  constructor(bytes) {
    this.bytes = bytes
    this.at = 0
  }
  raw(length) {
    require(length >= 0 && this.at + length <= this.bytes.length, 'a field is longer than what is left')
    this.at += length
    return this.bytes.subarray(this.at - length, this.at)
  }
  begins(word) {
    require(this.raw(word.length).toString('latin1') === word, `it does not begin with ${word}`)
  }
  int32() {
    return this.raw(4).readInt32BE()
  }
  field() {
    return this.raw(this.int32())
  }
  number() {
    const bytes = this.field()
    require(bytes.length === 8, 'a number has 8 bytes')
    return Number(bytes.readBigInt64BE())
  }
  text() {
    return decoded(this.field())
  }
  hash() {
    const bytes = this.field()
    require(bytes.length === 32, 'a hash has 32 bytes')
    return bytes
  }
  present() {
    const [there] = this.raw(1)
    require(there < 2, 'whether a field is there is 0 or 1')
    return there === 1
  }
  list(read) {
    const count = this.int32()
    require(count >= 0 && count <= this.bytes.length, 'a list is longer than what is left')
    return Array.from({ length: count }, read)
  }
  end() {
    require(this.at === this.bytes.length, 'bytes follow the last field')
  }
}

const segmentOf = bytes => {
  const r = new Reader(bytes)
  const version = bytes.subarray(0, 18).toString('latin1')
  const linked = version === 'daybook/segment/v2'
  const found = version === 'daybook/segment/v3'
  r.begins(linked || found ? version : 'daybook/segment/v1')
  let links = 0
  const s = { stream: r.number(), sink: r.text(), topic: r.text(), partition: r.number(), generation: r.number() }
  Object.assign(s, { first: r.number(), next: r.number(), part: r.number(), parts: r.number(), month: r.number() })
  Object.assign(s, { leaves: r.number(), root: r.hash(), sealedAt: r.number(), personal: null })
  if (r.present()) {
    r.list(() => [r.text(), r.number()])
    r.number()
    r.hash()
    r.number()
    r.number()
    r.list(() => {
      r.text()
      for (let i = 0; i < 5; i++) r.number()
      if (r.present()) r.text()
    })
    r.number()
    r.list(() => [r.number(), r.number()])
    s.personal = r.list(() => r.text())
    if (found) {
      s.found = [r.number(), r.number()]
    } else if (linked) {
      links = r.list(() => {
        r.text()
        for (let i = 0; i < 4; i++) r.number()
      }).length
    }
  }
  r.end()
  require(
    s.first >= 0 && s.next > s.first && s.part >= 0 && s.part < s.parts && (s.personal === null) === s.part > 0 && linked === links > 0 && found === (s.found !== undefined) && s.leaves >= 0 && s.leaves <= 4096,
    'the numbers of a segment do not fit',
  )
  return s
}

const leafOf = data => {
  const r = new Reader(data)
  r.begins('daybook/log/v1')
  const leaf = { at: r.number(), kind: r.text(), segments: [], key: null }
  if (leaf.kind === 'beginning') {
    leaf.key = r.text()
    r.list(() => [r.text(), r.number()])
  } else if (leaf.kind === 'segments') {
    leaf.segments = r.list(() => segmentOf(r.field()))
  } else if (leaf.kind === 'coverage') {
    r.list(() => r.text())
  } else if (leaf.kind === 'heartbeat') {
    r.list(() => [r.text(), r.number(), r.present() && r.text()])
  } else {
    require(leaf.kind === 'verification', `a leaf is of the kind ${leaf.kind}`)
    r.text()
    for (let i = 0; i < 3; i++) r.number()
  }
  r.end()
  return leaf
}

// Rows.

const PLACE = 'row,leaf,segment,index,path,salts,stream,offset,'
const ROWS = {
  entry: PLACE + 'id,source,table,operation,committed_at,source_committed_at,position,transaction,sequence,unknown_columns,key,former_key,actor,before,after',
  transaction: PLACE + 'source,transaction,committed_at,actor,reason,request_id,attributes,login_role',
  rejected: PLACE + 'id,rejected_at,source,stage,code,topic,partition,record_offset,table,record_time,reason,record_key,record_value,record_headers',
}

const micros = value => {
  require(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/.test(value), `${value} is no time`)
  const whole = Date.parse(`${value.slice(0, 19)}Z`)
  require(!Number.isNaN(whole) && new Date(whole).toISOString().slice(0, 19) === value.slice(0, 19), `${value} is no time`)
  return BigInt(whole) * 1000n + BigInt(value.slice(20, 26))
}
const monthOf = value => (Number(value.slice(0, 4)) - 1970) * 12 + Number(value.slice(5, 7)) - 1
const long = value => {
  require(/^(0|-?[1-9]\d*)$/.test(value) && BigInt.asIntN(64, BigInt(value)) === BigInt(value), `${value} is no number of 64 bits`)
  return BigInt(value)
}
const id = value => {
  require(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(value), `${value} is no id`)
  return field(Buffer.from(value.replaceAll('-', ''), 'hex'))
}

// The columns of an image, name and value as they stand in it.
const columnsOf = json => {
  const columns = []
  let at = 0
  const blank = () => {
    while (' \t\n\r'.includes(json[at]) && at < json.length) at++
  }
  const take = c => {
    require(json[at] === c, 'an image is no JSON object')
    at++
  }
  const string = () => {
    const from = at
    take('"')
    while (json[at] !== '"') {
      require(at < json.length, 'an image ends within a text')
      at += json[at] === '\\' ? 2 : 1
    }
    at++
    return json.slice(from, at)
  }
  const value = () => {
    const from = at
    let depth = 0
    do {
      require(at < json.length, 'an image ends within a value')
      const c = json[at]
      if (c === '"') string()
      else if ('{[}],: \t\n\r'.includes(c)) {
        depth += '{['.includes(c) ? 1 : '}]'.includes(c) ? -1 : 0
        at++
      } else while (at < json.length && !'{}[],:" \t\n\r'.includes(json[at])) at++
    } while (depth > 0)
    require(depth === 0, 'an image has too many brackets')
    return json.slice(from, at)
  }
  blank()
  take('{')
  blank()
  if (json[at] !== '}') {
    for (;;) {
      blank()
      const name = string()
      blank()
      take(':')
      blank()
      columns.push([name, value()])
      blank()
      if (json[at] === '}') break
      take(',')
    }
  }
  at++
  blank()
  require(at === json.length, 'something follows an image')
  return columns
}

const leafOfRow = (row, personalColumns) => {
  const used = new Set()
  const salt = n => {
    const value = row.salts[n]
    require(typeof value === 'string' && /^[0-9a-f]{32}$/.test(value), `the salt ${n} is missing`)
    used.add(n)
    return Buffer.from(value, 'hex')
  }
  const commitment = (bytes, n) => sha256(Buffer.from([3]), salt(n), bytes)
  const committed = (value, n) => optional(value, v => field(commitment(Buffer.from(v), n)))
  const place = number((BigInt(row.stream) << 44n) + BigInt(row.offset))
  let data
  if (row.row === 'entry') {
    const personal = new Set(
      personalColumns.filter(name => name.slice(0, name.lastIndexOf('.')) === row.table).map(name => `"${name.slice(name.lastIndexOf('.') + 1)}"`),
    )
    let next = 3
    const groups = []
    const image = json => {
      const found = []
      const rest = []
      for (const [name, value] of columnsOf(json)) {
        const bytes = Buffer.concat([text(name), text(value)])
        if (personal.has(name)) found.push({ name, bytes })
        else rest.push(bytes)
      }
      if (rest.length > 0) found.unshift({ name: '', bytes: Buffer.concat(rest) })
      for (const group of found) {
        const known = groups.find(other => other.name === group.name && same(other.bytes, group.bytes))
        group.commitment = known ? known.commitment : commitment(group.bytes, next++)
      }
      groups.push(...found)
      return field(sha256(Buffer.from([2]), int32(found.length), ...found.map(g => Buffer.concat([text(g.name), field(g.commitment)]))))
    }
    data = Buffer.concat([
      Buffer.from('daybook/entry/v1'),
      place,
      id(row.id),
      text(row.source),
      text(row.table),
      text(row.operation),
      number(micros(row.committed_at)),
      optional(row.source_committed_at, v => number(micros(v))),
      optional(row.position, text),
      optional(row.transaction, v => number(long(v))),
      number(long(row.sequence)),
      optional(row.unknown_columns, v => list(v, text)),
      committed(row.key, 0),
      committed(row.former_key, 1),
      committed(row.actor, 2),
      optional(row.before, image),
      optional(row.after, image),
    ])
  } else if (row.row === 'transaction') {
    data = Buffer.concat([
      Buffer.from('daybook/transaction/v1'),
      place,
      text(row.source),
      number(long(row.transaction)),
      number(micros(row.committed_at)),
      committed(row.actor, 0),
      committed(row.reason, 1),
      committed(row.request_id, 2),
      committed(row.attributes, 3),
      committed(row.login_role, 4),
    ])
  } else {
    data = Buffer.concat([
      Buffer.from('daybook/rejected/v1'),
      place,
      id(row.id),
      number(micros(row.rejected_at)),
      optional(row.source, text),
      text(row.stage),
      text(row.code),
      optional(row.topic, text),
      optional(row.partition, number),
      optional(row.record_offset, v => number(long(v))),
      optional(row.table, text),
      optional(row.record_time, v => number(micros(v))),
      committed(row.reason, 0),
      committed(row.record_key === null ? null : base64(row.record_key), 1),
      committed(row.record_value === null ? null : base64(row.record_value), 2),
      committed(row.record_headers, 3),
    ])
  }
  row.salts.forEach((value, n) => require(value === null || used.has(n), `the salt ${n} is of nothing`))
  require(row.salts.length === 0 || row.salts[row.salts.length - 1] !== null, 'the salts end with a null')
  return leafHash(data)
}

// A pack.

const check = (file, keyLine) => {
  const members = unzip(file)
  const key = verifierKey(keyLine)
  const subjects = lines(members, 'pack.json', () => 'format,entry,source,table,key,whole,leaves,entries,others')
  require(subjects.length === 1 && subjects[0].format === 'daybook/pack/v1', 'pack.json is of another format')
  const [subject] = subjects
  const isEntry = subject.entry !== null
  require(isEntry === (subject.table === null) && isEntry === (subject.key === null), 'it is about an entry or a row')
  require(!isEntry || (!subject.whole && subject.source === null), 'an entry is neither whole nor of a source')

  const note = decoded(members.checkpoint)
  const newest = opened(note, key)
  const leaves = new Map()
  const personal = new Map()
  let last = -1
  for (const line of lines(members, 'log.jsonl', () => 'leaf,proof,data')) {
    const path = []
    const proof = line.proof
    const empty = proof.indexOf('\n\n')
    const head = proof.slice(0, empty).split('\n')
    require(head[0] === 'c2sp.org/tlog-proof@v1' && head[1] === `index ${line.leaf}` && proof.slice(empty + 2) === note, 'a proof is of another leaf')
    head.slice(2).forEach(hash => path.push(hashOf(hash)))
    require(Number.isSafeInteger(line.leaf) && line.leaf > last && (last >= 0 || line.leaf === 0), 'leaves are out of order')
    last = line.leaf
    const data = base64(line.data)
    require(data.length < 65536 && includes(newest.root, newest.size, line.leaf, leafHash(data), path), `leaf ${line.leaf} is not in the log`)
    const leaf = leafOf(data)
    require((leaf.kind === 'beginning' && leaf.key === keyLine) === (line.leaf === 0), 'the log begins once')
    leaf.segments.forEach(s => s.personal !== null && personal.set(`${s.stream} ${s.first}`, s.personal))
    leaves.set(line.leaf, leaf)
  }
  require(leaves.size > 0 && leaves.size === subject.leaves, 'it counts other leaves')
  const sizes = new Set()
  for (const line of lines(members, 'checkpoints.jsonl', () => 'note,proof')) {
    const other = opened(line.note, key)
    require(!sizes.has(other.size) && continues(newest, other, line.proof.map(hashOf)), 'the log does not continue a checkpoint')
    sizes.add(other.size)
  }

  const whole = new Map()
  const transactions = new Set()
  const contexts = []
  let entries = 0
  let others = 0
  let before = [-1, -1]
  for (const row of lines(members, 'rows.jsonl', value => ROWS[value.row])) {
    require(row.stream > before[0] || (row.stream === before[0] && row.offset > before[1]), 'rows are out of order')
    before = [row.stream, row.offset]
    require(Number.isInteger(row.offset) && row.offset >= 0 && row.offset < 2 ** 44 && row.stream >= 0 && row.stream < 2 ** 19, 'a place does not fit')
    const segment = leaves.get(row.leaf)?.segments[row.segment]
    require(segment, 'a row is of a segment that is not there')
    const month = row.row === 'rejected' ? -1 : monthOf(row.committed_at)
    require(
      segment.stream === row.stream && row.offset >= segment.first && row.offset < segment.next && segment.month === month,
      'a row is of another segment',
    )
    const columns = personal.get(`${segment.stream} ${segment.first}`)
    require(columns, 'the first part of a segment is missing')
    const hash = leafOfRow(row, columns)
    require((row.index === null) === subject.whole && (row.path === null) === subject.whole, 'a row has a path, unless the pack is whole')
    if (subject.whole) {
      const at = `${row.leaf} ${row.segment}`
      whole.set(at, [...(whole.get(at) ?? []), hash])
    } else {
      require(
        Number.isSafeInteger(row.index) && row.index >= 0 && includes(segment.root, segment.leaves, row.index, hash, row.path.map(hashOf)),
        `offset ${row.offset} of stream ${row.stream} is not what was sealed`,
      )
    }
    const named = `${row.transaction} ${row.committed_at} ${row.source}`
    const about =
      row.row === 'entry' &&
      (isEntry
        ? row.id === subject.entry
        : row.table === subject.table &&
          (subject.source === null || subject.source === row.source) &&
          (row.key === subject.key || row.former_key === subject.key))
    if (about) {
      entries++
      if (row.transaction !== null) transactions.add(named)
    } else {
      require(subject.whole || row.row === 'transaction', 'a row is about something else')
      if (row.row === 'transaction') contexts.push(named)
      others++
    }
  }
  require(entries === subject.entries && others === subject.others, 'it counts other rows')
  if (subject.whole) {
    const ends = new Map()
    let previous = 0
    for (const [index, leaf] of leaves) {
      require(previous === 0 || index === previous + 1, 'leaves are missing')
      previous = index
      leaf.segments.forEach((s, i) => {
        const end = ends.get(s.stream)
        require(
          end === undefined
            ? s.part === 0
            : s.part === 0
              ? end.part === end.parts - 1 && end.next === s.first
              : end.first === s.first && end.next === s.next && end.parts === s.parts && end.part === s.part - 1,
          'the segments of a stream have a hole',
        )
        ends.set(s.stream, s)
        const rows = whole.get(`${index} ${i}`) ?? []
        require(rows.length === s.leaves && same(treeRoot(rows), s.root), 'the rows of a segment are not all there')
      })
    }
    for (const s of ends.values()) require(s.part === s.parts - 1, 'a segment lacks parts')
  } else {
    require(entries > 0, 'it shows nothing')
    require(contexts.every(name => transactions.has(name)) && new Set(contexts).size === contexts.length, 'a context is of no entry')
  }
  return `verified ${entries} ${others}`
}

const [keyLine, ...packs] = process.argv.slice(2)
for (const pack of packs) {
  let verdict
  try {
    verdict = check(readFileSync(pack), keyLine)
  } catch (e) {
    // Whatever goes wrong with a stranger's bytes is a refusal.
    verdict = `refused ${String(e.message).replaceAll('\n', ' ')}`
  }
  console.log(`${pack} ${verdict}`)
}
