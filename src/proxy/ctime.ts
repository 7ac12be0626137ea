// The time as C's ctime() writes it, for answers of control commands: "Thu Jan  1 00:00:00 1970", local time.

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** Without the line end. */
export function ctime(at: Date): string {
  const [hours, minutes, seconds] = [at.getHours(), at.getMinutes(), at.getSeconds()].map((part) =>
    String(part).padStart(2, '0'),
  )
  const day = String(at.getDate()).padStart(2)
  return `${DAYS[at.getDay()]} ${MONTHS[at.getMonth()]} ${day} ${hours}:${minutes}:${seconds} ${at.getFullYear()}`
}
