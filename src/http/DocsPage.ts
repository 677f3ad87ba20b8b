export const html = (document: string) => `<!doctype html>${document}`
